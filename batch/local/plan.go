package local

import (
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// free is what a machine has left.
type free struct {
	cpus   int
	memory batch.Bytes
	gpus   []GPU
}

// left is what the jobs that hold resources leave of the machine. It is never
// less than nothing, should the machine have shrunk meanwhile.
func (m machine) left(records []*record) free {
	f := free{cpus: m.cpus, memory: m.memory, gpus: slices.Clone(m.gpus)}
	for _, r := range records {
		if r.holds() {
			f.cpus -= r.CPUs
			f.memory -= r.Memory
			f.gpus = slices.DeleteFunc(f.gpus, func(g GPU) bool { return slices.Contains(r.Given, g.Index) })
		}
	}
	f.cpus, f.memory = max(f.cpus, 0), max(f.memory, 0)
	return f
}

// take gives the job what it asks for, if there is enough, and says which GPUs.
func (f *free) take(r *record) (given []string, ok bool) {
	if r.CPUs > f.cpus || r.Memory > f.memory {
		return nil, false
	}
	for _, g := range f.gpus {
		if len(given) < r.GPUs && (r.GPUType == "" || strings.EqualFold(r.GPUType, g.Type)) {
			given = append(given, g.Index)
		}
	}
	if len(given) < r.GPUs {
		return nil, false
	}
	f.remove(r, given)
	return given, true
}

// remove takes away what a job is given.
func (f *free) remove(r *record, given []string) {
	f.cpus -= r.CPUs
	f.memory -= r.Memory
	f.gpus = slices.DeleteFunc(f.gpus, func(g GPU) bool { return slices.Contains(given, g.Index) })
}

// give takes back what a job had.
func (f *free) give(r *record, m machine, given []string) {
	f.cpus += r.CPUs
	f.memory += r.Memory
	for _, g := range m.gpus {
		if slices.Contains(given, g.Index) {
			f.gpus = append(f.gpus, g)
		}
	}
}

// fits reports whether the empty machine could run the job.
func (m machine) fits(r *record) bool {
	all := m.left(nil)
	_, ok := all.take(r)
	return ok
}

// reserve keeps what there is of what a waiting job asks for, so that nobody
// behind it takes it.
func (f *free) reserve(r *record) {
	f.cpus -= min(r.CPUs, f.cpus)
	f.memory -= min(r.Memory, f.memory)
	kept := 0
	f.gpus = slices.DeleteFunc(f.gpus, func(g GPU) bool {
		if kept < r.GPUs && (r.GPUType == "" || strings.EqualFold(r.GPUType, g.Type)) {
			kept++
			return true
		}
		return false
	})
}

// turn says whose turn it is, and which GPUs each is given: first come, first
// served for each resource. Somebody who waits keeps back what is free of what he
// needs, so that a large job is not starved by small ones; what he does not need,
// others may have. Held jobs and jobs that can never fit are passed over.
func (m machine) turn(records []*record) map[*record][]string {
	f := m.left(records)
	given := map[*record][]string{}
	for _, r := range records {
		if r.Phase != waiting || r.Held || !m.fits(r) {
			continue
		}
		if gpus, ok := f.take(r); ok {
			given[r] = gpus
		} else {
			f.reserve(r)
		}
	}
	return given
}

// next gives resources to those whose turn it is. The records, which are in the
// order of submission, are changed; those to be started are returned.
func (m machine) next(records []*record, now time.Time) []*record {
	given := m.turn(records)
	var start []*record
	for _, r := range records {
		if gpus, ok := given[r]; ok {
			r.Phase, r.Given, r.GivenAt = starting, gpus, now
			start = append(start, r)
		}
	}
	return start
}

// outlooks says why each waiting job waits and when it might start, if every job
// before it runs until its time limit.
func (m machine) outlooks(records []*record, now time.Time) map[batch.JobID]outlook {
	all := map[batch.JobID]outlook{}
	f := m.left(records)
	for _, r := range records {
		if r.Phase == waiting {
			all[r.ID] = m.reason(f, r)
		}
	}
	var ends []release
	for _, r := range records {
		if r.holds() {
			ends = append(ends, release{of: r, given: r.Given, at: endOf(r, now)})
		}
	}
	given := m.turn(records)
	for _, r := range records {
		if gpus, ok := given[r]; ok {
			f.remove(r, gpus)
			ends = append(ends, release{of: r, given: gpus, at: endOf(r, now)})
			all[r.ID] = outlook{reason: "None", start: now}
		}
	}
	at, known := now, true
	for _, r := range records {
		_, soon := given[r]
		if r.Phase != waiting || r.Held || soon || !m.fits(r) || !known {
			continue
		}
		if ends, at, known = m.admit(r, &f, ends, at); known {
			all[r.ID] = outlook{reason: all[r.ID].reason, start: at}
		}
	}
	return all
}

// reason is why a job waits that does not start now.
func (m machine) reason(f free, r *record) outlook {
	f.gpus = slices.Clone(f.gpus)
	switch _, fits := f.take(r); {
	case r.Held:
		return outlook{reason: "JobHeldUser"}
	case !m.fits(r):
		return outlook{reason: "BadConstraints"}
	case fits:
		return outlook{reason: "Priority"}
	}
	return outlook{reason: "Resources"}
}

// release is when a job gives back what it has; the zero time is never.
type release struct {
	of    *record
	given []string
	at    time.Time
}

// admit lets time pass until the job fits, and takes what it needs.
func (m machine) admit(r *record, f *free, ends []release, at time.Time) ([]release, time.Time, bool) {
	for {
		if given, ok := f.take(r); ok {
			end := time.Time{}
			if r.TimeLimit > 0 {
				end = at.Add(r.TimeLimit.Std())
			}
			return append(ends, release{of: r, given: given, at: end}), at, true
		}
		soonest := -1
		for i, e := range ends {
			if !e.at.IsZero() && (soonest < 0 || e.at.Before(ends[soonest].at)) {
				soonest = i
			}
		}
		if soonest < 0 {
			return ends, at, false
		}
		e := ends[soonest]
		ends = slices.Delete(ends, soonest, soonest+1)
		f.give(e.of, m, e.given)
		if e.at.After(at) {
			at = e.at
		}
	}
}

// endOf is when a job that runs will have to end; zero for never.
func endOf(r *record, now time.Time) time.Time {
	if r.TimeLimit <= 0 {
		return time.Time{}
	}
	since := r.StartedAt
	if since.IsZero() {
		since = now
	}
	return since.Add(r.TimeLimit.Std())
}
