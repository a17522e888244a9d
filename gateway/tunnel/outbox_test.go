package tunnel

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever order of output, samples, acknowledgements and lost connections: the
// lines come in order, every one is either delivered or counted as dropped, and
// Ready and Exited arrive.
func TestOutboxLosesNothingInSilence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := newOutbox(func() {})
		now := time.Unix(0, 0)
		var put, delivered, counted int
		var ready, exited bool
		var flight []sent
		arrived := map[uint64]bool{}
		arrive := func(s sent) {
			if arrived[s.seq] {
				return // a repetition, which the receiver knows by its number
			}
			arrived[s.seq] = true
			switch e := s.event.(type) {
			case Log:
				counted += e.Dropped
				for _, line := range e.Lines {
					if want := delivered + counted; line.Time.Unix() != int64(want) {
						t.Fatalf("line %d came where %d was due", line.Time.Unix(), want)
					}
					delivered++
				}
			case Ready:
				ready = true
			case Exited:
				exited = true
			}
		}
		take := func() bool {
			now = now.Add(time.Second)
			s, _, ok := o.take(now)
			if ok {
				flight = append(flight, s)
				if len(flight) > maxInFlight {
					t.Fatalf("%d events on their way", len(flight))
				}
			}
			return ok
		}
		// A connection delivers a prefix of what was sent on it, and
		// acknowledges in order.
		ack := func() {
			if len(flight) > 0 {
				arrive(flight[0])
				o.ack(flight[0].seq)
				flight = flight[1:]
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"output": func(t *rapid.T) {
				for range rapid.IntRange(1, 2*maxHeldLines/3).Draw(t, "lines") {
					o.log(LogLine{Text: "x", Time: time.Unix(int64(put), 0)})
					put++
				}
			},
			"usage":  func(*rapid.T) { o.put(func() { o.usage = &Usage{} }) },
			"ready":  func(*rapid.T) { o.put(func() { o.ready = &Ready{} }) },
			"exited": func(*rapid.T) { o.put(func() { o.exited = &Exited{} }) },
			"take":   func(*rapid.T) { take() },
			"ack":    func(*rapid.T) { ack() },
			"lost": func(t *rapid.T) {
				for _, s := range flight[:rapid.IntRange(0, len(flight)).Draw(t, "arrived")] {
					arrive(s) // but no acknowledgement came back
				}
				flight = nil
				o.lost()
			},
		})
		o.put(func() { o.ready, o.exited = &Ready{}, &Exited{} })
		for take() || len(flight) > 0 {
			ack()
		}
		if !o.idle() || !ready || !exited || delivered+counted != put {
			t.Fatalf("idle %v, ready %v, exited %v, %d delivered + %d dropped of %d", o.idle(), ready, exited, delivered, counted, put)
		}
	})
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	o := newOutbox(func() {})
	for i := range 1000 {
		o.log(LogLine{Text: string(make([]byte, i%500))})
	}
	var sizes []int
	for len(o.lines) > 0 {
		b := o.batch()
		size := 0
		for _, line := range b.Lines {
			size += len(line.Text)
		}
		if size > maxLogPayload {
			t.Errorf("a batch of %d bytes", size)
		}
		sizes = append(sizes, len(b.Lines))
	}
	if slices.Max(sizes) > MaxLogBatch {
		t.Errorf("batches of %v lines", sizes)
	}
	if o.bytes != 0 {
		t.Errorf("%d bytes are counted in an empty box", o.bytes)
	}
}
