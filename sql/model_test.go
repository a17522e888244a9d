package sql_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// model is what one owner's sessions should be, kept in a slice.
type model struct {
	ctx   context.Context
	store *sql.Store
	owner string
	clock time.Time
	rows  []session.Session // in order of creation
}

func (m *model) tick() time.Time {
	m.clock = m.clock.Add(time.Second)
	return m.clock
}

func (m *model) live(name string) int {
	return slices.IndexFunc(m.rows, func(v session.Session) bool { return v.Name == name && v.Live() })
}

func (m *model) create(r *rapid.T) {
	name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(r, "name")
	held := 0
	for _, v := range m.rows {
		if v.Live() {
			held++
		}
	}
	want := asked(m.owner, name)
	want.CreatedAt = m.tick()
	made, err := m.store.Create(m.ctx, want, requested, admission(want))
	_, denied := errors.AsType[*limit.Denied](err)
	switch {
	case m.live(name) >= 0:
		if !errors.Is(err, session.ErrNameTaken) {
			r.Errorf("a name that is taken: %v", err)
		}
	case held >= mostSessions:
		if !denied {
			r.Errorf("above the limit: %v", err)
		}
	case err != nil:
		r.Error(err)
	default:
		m.rows = append(m.rows, made)
	}
}

func (m *model) change(r *rapid.T) {
	if len(m.rows) == 0 {
		r.Skip("nothing to change")
	}
	i := rapid.IntRange(0, len(m.rows)-1).Draw(r, "row")
	to := m.rows[i]
	stale := to.Version > 1 && rapid.Bool().Draw(r, "stale")
	if stale {
		to.Version--
	}
	ev := rapid.SampledFrom(session.Events()).Draw(r, "event")
	to.State = session.Next(to.State, ev)
	if to.State == session.Ended && to.EndedAt.IsZero() {
		to.Reason, to.EndedAt = session.Finished, m.tick()
	}
	now, err := m.store.Change(m.ctx, to, session.Evidence{At: m.tick(), Event: ev, From: m.rows[i].State, To: to.State})
	switch {
	case stale:
		if !errors.Is(err, session.ErrMoved) {
			r.Errorf("a stale change: %v", err)
		}
	case err != nil || now.Version != m.rows[i].Version+1:
		r.Errorf("version %d after %d, %v", now.Version, m.rows[i].Version, err)
	default:
		m.rows[i] = now
	}
}

// check compares everything that can be read.
func (m *model) check(r *rapid.T) {
	newest := slices.Clone(m.rows)
	slices.Reverse(newest)
	lives := slices.DeleteFunc(slices.Clone(newest), func(v session.Session) bool { return !v.Live() })
	for _, c := range []struct {
		filter session.Filter
		want   []session.Session
	}{
		{session.Filter{Owner: m.owner}, newest},
		{session.Filter{Owner: m.owner, Live: true}, lives},
		{session.Filter{Owner: m.owner, Limit: 2}, newest[:min(2, len(newest))]},
	} {
		got, err := m.store.List(m.ctx, c.filter)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			r.Errorf("%+v: %v\n got %v\nwant %v", c.filter, err, got, c.want)
		}
	}
	if len(m.rows) == 0 {
		return
	}
	v := rapid.SampledFrom(m.rows).Draw(r, "looked at")
	line, err := m.store.Timeline(m.ctx, v.ID)
	if err != nil || int64(len(line)) != v.Version { // each change that went through has left one entry
		r.Errorf("%d entries at version %d, %v", len(line), v.Version, err)
	}
	want := v
	for _, o := range m.rows {
		if o.Name == v.Name && (o.Live() || (!want.Live() && o.EndedAt.After(want.EndedAt))) {
			want = o
		}
	}
	if got, err := m.store.ByName(m.ctx, m.owner, v.Name); err != nil || got.ID != want.ID {
		r.Errorf("at %s: %s, want %s, %v", v.Name, got.ID, want.ID, err)
	}
}

func TestStoreBehavesLikeItsModel(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	set(t, s, limit.Rule{Field: limit.Sessions, Value: mostSessions})
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		m := &model{ctx: t.Context(), store: s, owner: fmt.Sprintf("user%d", n), clock: noon}
		r.Repeat(map[string]func(*rapid.T){"create": m.create, "change": m.change, "": m.check})
	})
}
