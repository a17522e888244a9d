package cron_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/cron"
)

// memory is a store of several processes.
type memory struct {
	mu        sync.Mutex
	down      bool
	locked    map[string]bool
	runs      []cron.Run
	standings map[string]cron.Standing
	asked     map[string]cron.Request
}

var errDown = errors.New("the database does not answer")

func newMemory() *memory {
	return &memory{locked: map[string]bool{}, standings: map[string]cron.Standing{}, asked: map[string]cron.Request{}}
}

func (m *memory) enter() (leave func(), err error) {
	m.mu.Lock()
	if m.down {
		m.mu.Unlock()
		return nil, errDown
	}
	return m.mu.Unlock, nil
}

func (m *memory) LockCron(_ context.Context, job string) (func(), bool, error) {
	leave, err := m.enter()
	if err != nil {
		return nil, false, err
	}
	defer leave()
	if m.locked[job] {
		return nil, false, nil
	}
	for i, r := range m.runs {
		if r.Job == job && r.Outcome == cron.Running {
			m.runs[i].Outcome, m.runs[i].Finished = cron.CutOff, time.Now()
		}
	}
	m.locked[job] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.locked, job)
	}, true, nil
}

func (m *memory) BeginCron(_ context.Context, r cron.Run) (cron.Run, error) {
	leave, err := m.enter()
	if err != nil {
		return r, err
	}
	defer leave()
	if q, ok := m.asked[r.Job]; ok && r.AskedBy == "" {
		r.AskedBy = q.By
		delete(m.asked, r.Job)
	}
	r.ID = int64(len(m.runs) + 1)
	m.runs = append(m.runs, r)
	return r, nil
}

func (m *memory) EndCron(_ context.Context, r cron.Run, s cron.Standing) error {
	leave, err := m.enter()
	if err != nil {
		return err
	}
	defer leave()
	if r.ID != 0 {
		m.runs[r.ID-1] = r
	}
	m.standings[r.Job] = s
	return nil
}

func (m *memory) MissCron(_ context.Context, r cron.Run) error {
	leave, err := m.enter()
	if err != nil {
		return err
	}
	defer leave()
	r.ID = int64(len(m.runs) + 1)
	m.runs = append(m.runs, r)
	return nil
}

func (m *memory) StandingsCron(context.Context) (map[string]cron.Standing, error) {
	leave, err := m.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	all := maps.Clone(m.standings)
	for _, r := range m.runs {
		if r.Outcome == cron.Running {
			s := all[r.Job]
			s.Now = r
			all[r.Job] = s
		}
	}
	return all, nil
}

func (m *memory) AskedCron(context.Context) ([]cron.Request, error) {
	leave, err := m.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	return slices.Collect(maps.Values(m.asked)), nil
}

// ask is what another process does for a person.
func (m *memory) ask(job, by string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked[job] = cron.Request{Job: job, By: by, At: time.Now()}
}

func (m *memory) fail(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

func (m *memory) history() []cron.Run {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.runs)
}

func (m *memory) standing(job string) cron.Standing {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.standings[job]
}

// waiting is how much was asked for and not taken.
func (m *memory) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.asked)
}

// die leaves a run of a process that is no more.
func (m *memory) die(r cron.Run) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runs = append(m.runs, r)
}
