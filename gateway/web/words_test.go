package web

import (
	"slices"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
)

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 s", 999 * time.Millisecond: "0 s", 59 * time.Second: "59 s", 90 * time.Second: "1 min",
		time.Hour: "1 h", 80 * time.Minute: "1 h 20 min", 24 * time.Hour: "1 d", 52*time.Hour + 59*time.Minute: "2 d 4 h",
		-2 * time.Minute: "2 min",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 5, 14, 30, 0, 0, time.FixedZone("here", 3600))
	for _, c := range []struct {
		got  moment
		want string
	}{
		{clock(now, now), "13:30 UTC"},
		{clock(now.Add(-24*time.Hour), now), "4 Mar 13:30 UTC"},
		{ago(now.Add(-59*time.Second), now), "just now"},
		{ago(now.Add(-61*time.Minute), now), "1 h ago"},
		{ago(now.Add(-50*time.Hour), now), "2 d ago"},
		{ago(now.Add(time.Hour), now), "just now"}, // clocks differ
		{left(now.Add(61*time.Minute), now), "1 h 1 min"},
		{left(now.Add(time.Second), now), "less than 1 min"},
		{left(now.Add(-time.Second), now), "0 min"},
		{since(now.Add(-time.Second), now), "less than 1 min"},
		{since(now.Add(-time.Hour), now), "1 h"},
		{day(now), "5 Mar 2026"},
	} {
		if c.got.Text != c.want || c.got.ISO() != c.got.At.UTC().Format(time.RFC3339) {
			t.Errorf("%+v: want %q", c.got, c.want)
		}
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r    batch.Resources
		want []string
	}{
		{batch.Resources{}, nil},
		{batch.Resources{CPUs: 1}, []string{"1 CPU"}},
		{batch.Resources{CPUs: 8, Memory: 32 * batch.GiB, GPUs: 2, GPUType: "a100"}, []string{"2 × a100", "8 CPUs", "32 GB"}},
		{batch.Resources{GPUs: 1}, []string{"1 × GPU"}},
	} {
		if got := resources(c.r); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q", c.r, got)
		}
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "no": "No.", "done.": "Done.", "really?": "Really?", "élan (x)": "Élan (x).", ` at most "4" `: `At most "4".`,
	} {
		if got := sentence(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
