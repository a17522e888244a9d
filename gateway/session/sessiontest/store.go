// Package sessiontest has an in-memory session.Store and session.Logs for tests
// of the packages above sessions. The real ones, in package sql, keep the same
// promises; tests of storage itself belong there.
package sessiontest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// Store keeps sessions in memory. The zero value is not usable; see New.
type Store struct {
	mu       sync.Mutex
	rows     map[session.ID]session.Session
	timeline map[session.ID][]session.Evidence
	logs     map[session.ID][]session.LogLine
	changed  func(session.ID)
	fail     error
	gets     int
	set      limit.Set
}

// New makes an empty store; changed (may be nil) hears of every change, as the
// listeners of the real one do.
func New(changed func(session.ID)) *Store {
	if changed == nil {
		changed = func(session.ID) {}
	}
	return &Store{
		rows: map[session.ID]session.Session{}, timeline: map[session.ID][]session.Evidence{},
		logs: map[session.ID][]session.LogLine{}, changed: changed,
	}
}

// Fail makes every method return err until it is called with nil.
func (m *Store) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// Gets is how often Get was called.
func (m *Store) Gets() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gets
}

// Create implements session.Store.
func (m *Store) Create(_ context.Context, s session.Session, ev session.Evidence, ask limit.Admission) (session.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return session.Session{}, m.fail
	}
	for _, r := range m.rows {
		if r.Owner == s.Owner && r.Live() && r.Name == s.Name {
			return session.Session{}, session.ErrNameTaken
		}
	}
	if err := ask.Decide(m.set, m.usage(s.Owner, ask.Counting(m.set), ask.At)); err != nil {
		return session.Session{}, err
	}
	s.Version = 1
	m.keep(s, ev)
	return s, nil
}

// Get implements session.Store.
func (m *Store) Get(_ context.Context, id session.ID) (session.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return session.Session{}, m.fail
	}
	m.gets++
	s, ok := m.rows[id]
	if !ok {
		return session.Session{}, session.ErrNotFound
	}
	return s, nil
}

// ByName implements session.Store.
func (m *Store) ByName(ctx context.Context, owner, name string) (session.Session, error) {
	all, err := m.List(ctx, session.Filter{Owner: owner, Limit: 1 << 20})
	if err != nil {
		return session.Session{}, err
	}
	var last session.Session
	for _, s := range all {
		if s.Name != name {
			continue
		}
		if s.Live() {
			return s, nil
		}
		if last.ID == "" || s.EndedAt.After(last.EndedAt) {
			last = s
		}
	}
	if last.ID == "" {
		return last, session.ErrNotFound
	}
	return last, nil
}

// List implements session.Store.
func (m *Store) List(_ context.Context, f session.Filter) ([]session.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	var all []session.Session
	for _, s := range m.rows {
		if (f.Owner == "" || f.Owner == s.Owner) && (f.Cluster == "" || f.Cluster == s.Cluster) && (!f.Live || s.Live()) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b session.Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	most := f.Limit
	if most == 0 && !f.Live {
		most = 100
	}
	if most > 0 && len(all) > most {
		all = all[:most]
	}
	return all, nil
}

// Change implements session.Store.
func (m *Store) Change(_ context.Context, s session.Session, ev session.Evidence) (session.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return session.Session{}, m.fail
	}
	old, ok := m.rows[s.ID]
	if !ok {
		return session.Session{}, session.ErrNotFound
	}
	if old.Version != s.Version {
		return session.Session{}, session.ErrMoved
	}
	s.Version++
	m.keep(s, ev)
	return s, nil
}

func (m *Store) keep(s session.Session, ev session.Evidence) {
	m.rows[s.ID] = s
	if ev.Event != "" {
		m.timeline[s.ID] = append(m.timeline[s.ID], ev)
	}
	go m.changed(s.ID)
}

// Timeline implements session.Store.
func (m *Store) Timeline(_ context.Context, id session.ID) ([]session.Evidence, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.timeline[id]), m.fail
}

// Append implements session.Logs.
func (m *Store) Append(_ context.Context, id session.ID, lines []session.LogLine) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for _, line := range lines {
		line.Seq = int64(len(m.logs[id]) + 1)
		m.logs[id] = append(m.logs[id], line)
	}
	go m.changed(id)
	return nil
}

// Tail implements session.Logs.
func (m *Store) Tail(_ context.Context, id session.ID, after int64, n int) ([]session.LogLine, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	lines := m.logs[id]
	for len(lines) > 0 && lines[0].Seq <= after {
		lines = lines[1:]
	}
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return slices.Clone(lines), nil
}
