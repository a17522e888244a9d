package local

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/batch"
)

func someMachine(t *rapid.T) machine {
	m := machine{cpus: rapid.IntRange(1, 16).Draw(t, "cpus"), memory: batch.Bytes(rapid.IntRange(1, 16).Draw(t, "memory")) * batch.GiB}
	for i := range rapid.IntRange(0, 4).Draw(t, "gpus") {
		m.gpus = append(m.gpus, GPU{Index: string(rune('0' + i)), Type: rapid.SampledFrom([]string{"a100", "v100"}).Draw(t, "type")})
	}
	return m
}

func someJob(t *rapid.T, number int64) *record {
	return &record{
		ID: batch.JobID(rune('A' + number)), Number: number, Phase: waiting,
		CPUs: rapid.IntRange(1, 8).Draw(t, "cpus"), Memory: batch.Bytes(rapid.IntRange(0, 8).Draw(t, "memory")) * batch.GiB,
		GPUs: rapid.IntRange(0, 3).Draw(t, "gpus"), GPUType: rapid.SampledFrom([]string{"", "", "a100", "v100"}).Draw(t, "type"),
		Held: rapid.IntRange(0, 9).Draw(t, "held") == 0, TimeLimit: batch.Duration(rapid.IntRange(0, 5).Draw(t, "time")) * batch.Duration(time.Hour),
	}
}

// TestQueue plays a machine: jobs come and go in any order. Nothing is given
// twice, nobody is put back by who came later, and whoever can run does in the
// end.
func TestQueue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, now := someMachine(t), time.Now()
		var records []*record
		var number int64
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Minute)
			if rapid.Bool().Draw(t, "submit") {
				number++
				records = append(records, someJob(t, number))
			} else if busy := holding(records); len(busy) > 0 {
				busy[rapid.IntRange(0, len(busy)-1).Draw(t, "end")].Phase = ended
				records = slices.DeleteFunc(records, func(r *record) bool { return r.Phase == ended })
			}
			before := m.outlooks(records, now)
			for _, r := range m.next(records, now) {
				if r.Phase != starting || len(r.Given) != r.GPUs {
					t.Fatalf("started: %+v", r)
				}
				if o := before[r.ID]; !o.start.Equal(now) {
					t.Fatalf("%s starts now; it was said to start at %v (%s)", r.ID, o.start, o.reason)
				}
			}
			sane(t, m, records)
			unharmed(t, m, records, now)
		}
		for range len(records) + 1 { // everybody ends, one after the other
			for _, r := range holding(records) {
				r.Phase = ended
			}
			records = slices.DeleteFunc(records, func(r *record) bool { return r.Phase == ended })
			m.next(records, now)
		}
		for _, r := range records {
			if r.Phase == waiting && !r.Held && m.fits(r) {
				t.Fatalf("never started: %+v", r)
			}
		}
	})
}

// unharmed checks that those who were started just now have taken nothing that
// somebody needs who came before them and waits.
func unharmed(t *rapid.T, m machine, records []*record, now time.Time) {
	for i, waits := range records {
		if waits.Phase != waiting || waits.Held || !m.fits(waits) {
			continue
		}
		without := slices.DeleteFunc(slices.Clone(records), func(r *record) bool {
			return r.holds() && r.GivenAt.Equal(now) && slices.Index(records, r) > i
		})
		got, could := m.left(records), m.left(without)
		if min(got.cpus, waits.CPUs) < min(could.cpus, waits.CPUs) || min(got.memory, waits.Memory) < min(could.memory, waits.Memory) ||
			min(matching(got, waits), waits.GPUs) < min(matching(could, waits), waits.GPUs) {
			t.Fatalf("%+v waits, and has %+v instead of %+v", waits, got, could)
		}
	}
}

func matching(f free, r *record) int {
	return len(slices.DeleteFunc(slices.Clone(f.gpus), func(g GPU) bool { return r.GPUType != "" && r.GPUType != g.Type }))
}

func holding(records []*record) []*record {
	return slices.DeleteFunc(slices.Clone(records), func(r *record) bool { return !r.holds() })
}

// sane checks what is given against what there is.
func sane(t *rapid.T, m machine, records []*record) {
	cpus, memory, given := 0, batch.Bytes(0), map[string]bool{}
	for _, r := range records {
		if !r.holds() {
			continue
		}
		cpus += r.CPUs
		memory += r.Memory
		for _, index := range r.Given {
			i := slices.IndexFunc(m.gpus, func(g GPU) bool { return g.Index == index })
			if given[index] || i < 0 || r.GPUType != "" && m.gpus[i].Type != r.GPUType {
				t.Fatalf("GPU %s is given to %+v", index, r)
			}
			given[index] = true
		}
	}
	if cpus > m.cpus || memory > m.memory {
		t.Fatalf("%d CPUs and %s of %d and %s are given", cpus, memory, m.cpus, m.memory)
	}
	f := m.left(records)
	if f.cpus != m.cpus-cpus || len(f.gpus) != len(m.gpus)-len(given) {
		t.Fatalf("left: %+v", f)
	}
}

// TestOutlooks: what is said to those who wait.
func TestOutlooks(t *testing.T) {
	t.Parallel()
	now := time.Now()
	m := machine{cpus: 4, memory: 4 * batch.GiB, gpus: []GPU{{"0", "a100"}}}
	hour := batch.Duration(time.Hour)
	records := []*record{
		{ID: "1", Phase: running, CPUs: 3, TimeLimit: 2 * hour, StartedAt: now.Add(-time.Hour)},
		{ID: "2", Phase: waiting, CPUs: 2, TimeLimit: hour},
		{ID: "3", Phase: waiting, CPUs: 1, TimeLimit: hour}, // would fit, and does not overtake
		{ID: "4", Phase: waiting, CPUs: 4, TimeLimit: hour, GPUs: 1},
		{ID: "7", Phase: waiting, Memory: batch.GiB}, // needs nothing that others wait for
		{ID: "5", Phase: waiting, CPUs: 5},
		{ID: "6", Phase: waiting, CPUs: 1, Held: true},
	}
	want := map[batch.JobID]outlook{
		"2": {reason: "Resources", start: now.Add(time.Hour)},
		"3": {reason: "Priority", start: now.Add(time.Hour)},
		"4": {reason: "Resources", start: now.Add(2 * time.Hour)},
		"5": {reason: "BadConstraints"}, "6": {reason: "JobHeldUser"}, "7": {reason: "None", start: now},
	}
	got := m.outlooks(records, now)
	for id, w := range want {
		if got[id] != w {
			t.Errorf("%s: %+v, want %+v", id, got[id], w)
		}
	}
	if started := m.next(records, now); len(started) != 1 || started[0].ID != "7" {
		t.Errorf("started: %+v", started)
	}
	records[0].TimeLimit = 0 // nobody knows when it ends
	if o := m.outlooks(records, now)["2"]; o.reason != "Resources" || !o.start.IsZero() {
		t.Errorf("behind an endless job: %+v", o)
	}
}
