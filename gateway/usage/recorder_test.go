package usage_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book is a store in memory.
type book struct {
	minutes []usage.Minute
	open    map[session.ID]time.Time
	err     error
}

func (b *book) AddMinutes(_ context.Context, at time.Time, minutes []usage.Minute) error {
	if b.err == nil {
		b.minutes = append(b.minutes, minutes...)
	}
	return b.err
}

func (b *book) NoteOpen(_ context.Context, open map[session.ID]time.Time) error {
	b.open = open
	return b.err
}

// clock is set by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time           { return c.at }
func (c *clock) advance(by time.Duration) { c.at = c.at.Add(by) }

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func setup() (*usage.Recorder, *book, *clock) {
	b, c := &book{}, &clock{at: noon}
	return usage.NewRecorder(b, c.now, nil), b, c
}

func TestSamplesBecomeOneMinute(t *testing.T) {
	t.Parallel()
	r, b, c := setup()
	for i, s := range []usage.Sample{
		{CPU: 100, Memory: 10, Devices: []usage.Device{{ID: "a", Busy: 0.2}, {ID: "b", Busy: -1}}},
		{CPU: 120, Memory: 40, MemoryPeak: 70, Activity: usage.Activity{Known: true, Busy: 2}, Devices: []usage.Device{{ID: "a", Busy: 0.6}, {ID: "b", Busy: -1}}},
		{CPU: 180, Memory: 20, MemoryMax: 99, Activity: usage.Activity{Known: true}, Devices: []usage.Device{{ID: "a", Busy: 0.1}, {ID: "b", Busy: -1}}},
	} {
		if i > 0 {
			c.advance(20 * time.Second)
		}
		r.Take("s", 1, s)
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []usage.Minute{{
		Session: "s", Attempt: 1, At: noon.Add(40 * time.Second), Span: 40 * time.Second, CPUs: 2, Memory: 40, MemoryPeak: 70, MemoryMax: 99,
		Kernels: 2, KernelAt: noon.Add(20 * time.Second), Devices: []usage.Device{{ID: "a", Busy: 0.3}, {ID: "b", Busy: -1}},
	}}
	if d := cmp.Diff(want, b.minutes, cmpopts.EquateApprox(0, 1e-9)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if seen := b.minutes[0].GPUsSeen(); seen != 1 {
		t.Errorf("%d devices seen", seen)
	}
	if err := r.Flush(t.Context()); err != nil || len(b.minutes) != 1 {
		t.Errorf("a minute without samples was written: %v", err)
	}
}

func TestWhatWasNotMeasuredDoesNotCount(t *testing.T) {
	t.Parallel()
	r, b, c := setup()
	step := func(by time.Duration, attempt int, cpu float64) {
		c.advance(by)
		r.Take("s", attempt, usage.Sample{CPU: cpu})
	}
	step(0, 1, 10)
	step(time.Hour, 1, 5000) // nobody was connected meanwhile
	step(20*time.Second, 1, 5010)
	r.Gone("s", 1)
	step(20*time.Second, 1, 5020)
	step(20*time.Second, 1, 4000) // another process counts anew
	step(20*time.Second, 1, 4020)
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := b.minutes[0]; m.Span != 40*time.Second || math.Abs(m.CPUs-0.75) > 1e-9 {
		t.Errorf("%+v", m)
	}
	step(20*time.Second, 2, 1)
	step(20*time.Second, 1, 9999) // the replaced one still speaks
	step(20*time.Second, 2, 5)
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := b.minutes[1]; m.Attempt != 2 || m.Span != 40*time.Second || math.Abs(m.CPUs-0.1) > 1e-9 {
		t.Errorf("%+v", m)
	}
}

func TestAnAppThatHasEndedIsWrittenDownAtOnce(t *testing.T) {
	t.Parallel()
	r, b, c := setup()
	r.Take("s", 1, usage.Sample{CPU: 1, Memory: 9})
	c.advance(5 * time.Second)
	r.Take("s", 1, usage.Sample{CPU: 2, Memory: 7})
	for range 2 {
		r.Finish(t.Context(), "s")
	}
	if len(b.minutes) != 1 || b.minutes[0].Session != "s" || b.minutes[0].Span != 5*time.Second || b.minutes[0].MemoryPeak != 9 {
		t.Errorf("%+v", b.minutes)
	}
	var none *usage.Recorder // a gateway that records nothing
	none.Take("s", 1, usage.Sample{})
	none.Gone("s", 1)
	none.Finish(t.Context(), "s")
	none.Opened("s")()
}

func TestConnections(t *testing.T) {
	t.Parallel()
	r, b, c := setup()
	flush := func(want map[session.ID]time.Time) {
		t.Helper()
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, b.open); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	first, second := r.Opened("s"), r.Opened("s")
	r.Opened("quick")()
	if r.Open("s") != 2 || r.Open("quick") != 0 || r.Open("other") != 0 {
		t.Errorf("%d, %d open", r.Open("s"), r.Open("quick"))
	}
	c.advance(10 * time.Second)
	flush(map[session.ID]time.Time{"s": noon.Add(10 * time.Second), "quick": noon})
	first()
	c.advance(10 * time.Second)
	flush(map[session.ID]time.Time{"s": noon.Add(20 * time.Second)})
	second()
	c.advance(10 * time.Second)
	flush(map[session.ID]time.Time{"s": noon.Add(20 * time.Second)})
	flush(map[session.ID]time.Time{})
}

func TestAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	r, b, c := setup()
	b.err = errors.New("away")
	for range 5 {
		c.advance(20 * time.Second)
		r.Take("s", 1, usage.Sample{})
	}
	if err := r.Flush(t.Context()); !errors.Is(err, b.err) {
		t.Errorf("%v", err)
	}
	b.err = nil
	c.advance(20 * time.Second)
	r.Take("s", 1, usage.Sample{})
	if err := r.Flush(t.Context()); err != nil || len(b.minutes) != 1 || b.minutes[0].Span != 20*time.Second {
		t.Errorf("%+v, %v", b.minutes, err)
	}
}

func TestRunWritesEachMinuteAndAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		r := usage.NewRecorder(b, time.Now, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		for range 7 {
			r.Take("s", 1, usage.Sample{})
			time.Sleep(19 * time.Second)
		}
		synctest.Wait()
		if len(b.minutes) != 2 {
			t.Errorf("%d minutes after 133 seconds", len(b.minutes))
		}
		r.Take("s", 1, usage.Sample{})
		cancel()
		<-done
		if len(b.minutes) != 3 {
			t.Errorf("%d minutes at the end", len(b.minutes))
		}
	})
}

// Whatever an agent says, what is written is sound and never covers more time
// than has passed.
func TestAnySamples(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, b, c := setup()
		device := rapid.Custom(func(t *rapid.T) usage.Device {
			return usage.Device{ID: rapid.StringN(0, 3, 3).Draw(t, "id"), Busy: rapid.Float64().Draw(t, "busy")}
		})
		var passed, written time.Duration
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			step := time.Duration(rapid.IntRange(-5, 120).Draw(t, "seconds")) * time.Second
			passed += max(step, 0)
			c.advance(step)
			r.Take("s", rapid.IntRange(1, 3).Draw(t, "attempt"), usage.Sample{
				CPU: rapid.Float64Min(0).Draw(t, "cpu"), Memory: rapid.Int64Min(0).Draw(t, "memory"),
				Devices: rapid.SliceOfN(device, 0, 80).Draw(t, "devices"),
			})
			if rapid.Bool().Draw(t, "flush") {
				_ = r.Flush(context.Background())
			}
		}
		_ = r.Flush(context.Background())
		for _, m := range b.minutes {
			written += m.Span
			if m.Span <= 0 || m.CPUs < 0 || math.IsNaN(m.CPUs) || math.IsInf(m.CPUs, 0) || len(m.Devices) > 64 {
				t.Fatalf("%+v", m)
			}
			for _, d := range m.Devices {
				if (d.Busy < 0 && d.Busy != -1) || d.Busy > 1 || math.IsNaN(d.Busy) {
					t.Fatalf("%+v", d)
				}
			}
		}
		if written > passed {
			t.Fatalf("%s written of %s", written, passed)
		}
	})
}
