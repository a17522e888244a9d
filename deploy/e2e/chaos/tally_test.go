package chaos

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// tally adds rounds up by the name of their fault.
type tally struct {
	mu    sync.Mutex
	order []string
	by    map[string]*sum
}

type sum struct {
	rounds, launches, answered, running, ended, none, jobs, wasted int
	lost, doubled, untrue, deaths                                  int
	settled                                                        time.Duration // the slowest
}

func (s *sum) add(o sum) {
	s.rounds += o.rounds
	s.launches += o.launches
	s.answered += o.answered
	s.running += o.running
	s.ended += o.ended
	s.none += o.none
	s.jobs += o.jobs
	s.wasted += o.wasted
	s.lost += o.lost
	s.doubled += o.doubled
	s.untrue += o.untrue
	s.deaths += o.deaths
	s.settled = max(s.settled, o.settled)
}

func (y *tally) add(r result) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.by == nil {
		y.by = map[string]*sum{}
	}
	s := y.by[r.fault.name]
	if s == nil {
		s = &sum{}
		y.by[r.fault.name] = s
		y.order = append(y.order, r.fault.name)
	}
	one := sum{
		rounds: 1, launches: r.launches, answered: r.answered, running: r.running, ended: r.ended, none: r.none, jobs: r.jobs, wasted: r.wasted,
		lost: len(r.lost), doubled: len(r.doubled), untrue: len(r.untrue), settled: r.settled,
	}
	if r.died {
		one.deaths = 1
	}
	s.add(one)
}

func (y *tally) total() sum {
	y.mu.Lock()
	defer y.mu.Unlock()
	var all sum
	for _, s := range y.by {
		all.add(*s)
	}
	return all
}

// table shows what was seen, fault by fault.
func (y *tally) table() string {
	var b strings.Builder
	line := func(name string, s sum) {
		fmt.Fprintf(&b, "%-40s %6d %8d %8d %7d %6d %6d %6d %6d %5d %7d %6d %8.1fs\n", name, s.rounds, s.launches, s.answered,
			s.running, s.ended, s.none, s.jobs, s.wasted, s.lost, s.doubled, s.untrue, s.settled.Seconds())
	}
	fmt.Fprintf(&b, "%-40s %6s %8s %8s %7s %6s %6s %6s %6s %5s %7s %6s %9s\n", "fault", "rounds", "launches", "answered",
		"running", "ended", "no row", "jobs", "wasted", "lost", "doubled", "untrue", "settled")
	for _, name := range y.order {
		line(name, *y.by[name])
	}
	line("all", y.total())
	return b.String()
}
