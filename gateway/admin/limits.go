package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
)

// LimitStore keeps the limits.
type LimitStore interface {
	// Limits reads every rule.
	Limits(ctx context.Context) ([]limit.Rule, error)
	// ChangeLimits makes the changes and writes the entries, all or nothing;
	// limit.ErrMoved if a rule is not any more what the change says it was.
	ChangeLimits(ctx context.Context, changes []limit.Change, entries []Entry) error
}

// Limits sets limits. A change holds for every launch after it; what runs and
// waits already is left alone.
type Limits struct {
	Store LimitStore
	Now   func() time.Time
}

// List reads every rule, by scope, whom it is for and field.
func (l Limits) List(ctx context.Context) ([]limit.Rule, error) { return l.Store.Limits(ctx) }

// Get reads one rule; limit.ErrNotFound.
func (l Limits) Get(ctx context.Context, id string) (limit.Rule, error) {
	rules, err := l.Store.Limits(ctx)
	if err != nil {
		return limit.Rule{}, err
	}
	for _, r := range rules {
		if r.ID == id {
			return r, nil
		}
	}
	return limit.Rule{}, limit.ErrNotFound
}

// Set sets one rule: the one of the same key is changed, or a new one made. It
// returns the rule as it is then; ID, SetBy and SetAt are assigned. An
// *limit.Invalid says what is wrong with the rule.
func (l Limits) Set(ctx context.Context, by Actor, r limit.Rule) (limit.Rule, error) {
	changes, err := l.Plan(ctx, []limit.Rule{r}, false)
	if err != nil {
		return r, err
	}
	if len(changes) == 0 { // it is set already
		rules, err := l.Store.Limits(ctx)
		for _, old := range rules {
			if old.Key() == r.Key() {
				return old, nil
			}
		}
		return r, err
	}
	if err := l.Commit(ctx, by, changes); err != nil {
		return r, err
	}
	return *changes[0].New, nil
}

// Delete removes one rule and returns what it was; limit.ErrNotFound.
func (l Limits) Delete(ctx context.Context, by Actor, id string) (limit.Rule, error) {
	r, err := l.Get(ctx, id)
	if err != nil {
		return r, err
	}
	return r, l.Commit(ctx, by, []limit.Change{{Old: &r}})
}

// Plan says what would have to change so that the rules hold, without changing
// anything; none for nothing. With prune, rules that are not among the wanted
// go. An *limit.Invalid says what is wrong with a rule.
func (l Limits) Plan(ctx context.Context, want []limit.Rule, prune bool) ([]limit.Change, error) {
	seen := map[limit.Key]bool{}
	for _, r := range want {
		if err := r.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Title(), err)
		}
		if seen[r.Key()] {
			return nil, &limit.Invalid{Faults: []limit.Fault{{Part: "field", Message: r.Title() + " is set twice"}}}
		}
		seen[r.Key()] = true
	}
	have, err := l.Store.Limits(ctx)
	if err != nil {
		return nil, err
	}
	return limit.Diff(have, want, prune), nil
}

// Commit makes the changes that Plan has found, all or nothing, each with its
// entry in the audit log. limit.ErrMoved: the limits have changed since; plan
// again.
func (l Limits) Commit(ctx context.Context, by Actor, changes []limit.Change) error {
	now := l.Now().UTC().Truncate(time.Microsecond) // as the database keeps it
	var entries []Entry
	for _, c := range changes {
		action, id := "limit.delete", ""
		if c.Old != nil {
			id = c.Old.ID
		}
		if c.New != nil {
			action = "limit.set"
			if id == "" {
				id = limit.NewID()
			}
			c.New.ID, c.New.SetBy, c.New.SetAt = id, by.Name, now
		}
		e := by.Did(action, id, c.String())
		e.At = now
		entries = append(entries, e)
	}
	return l.Store.ChangeLimits(ctx, changes, entries)
}
