package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// limitsKey is the lock of all rules: admissions share it, changes have it
// alone. So a change waits for admissions that are under way, and every one
// after it sees the change.
var limitsKey = lockKey("limits", "")

// LimitsFor reads the rules that could concern the person, and the maintenance
// that is not over. It does not judge whether they can be understood.
func (s *Store) LimitsFor(ctx context.Context, who limit.Subject, at time.Time) (limit.Set, error) {
	var set limit.Set
	err := s.do(ctx, "read the limits", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		set, err = limitsFor(ctx, q, who, at)
		return err
	})
	return set, err
}

func limitsFor(ctx context.Context, q *dbsqlc.Queries, who limit.Subject, at time.Time) (set limit.Set, err error) {
	rows, err := q.LimitsFor(ctx, dbsqlc.LimitsForParams{Owner: who.User, Groups: groupsOf(who.Groups)})
	if err != nil {
		return set, err
	}
	set.Rules = rulesOf(rows)
	windows, err := q.Maintenance(ctx, at)
	set.Maintenance = windowsOf(windows)
	return set, err
}

// Limits reads every rule, in the order of their scopes.
func (s *Store) Limits(ctx context.Context) ([]limit.Rule, error) {
	var rules []limit.Rule
	err := s.do(ctx, "read the limits", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.Limits(ctx)
		rules = rulesOf(rows)
		return err
	})
	return rules, err
}

func rulesOf(rows []dbsqlc.Limit) []limit.Rule {
	rules := make([]limit.Rule, len(rows))
	for i, r := range rows {
		rules[i] = limit.Rule{
			ID: r.ID, Scope: limit.Scope{Cluster: r.Cluster, Queue: r.Queue},
			Who: limit.Who{Kind: limit.WhoKind(r.Subject), Name: r.Name}, Together: r.Together,
			Field: r.Field, GPUType: r.GpuType, Value: r.Value, Apps: orNil(r.Apps),
			Note: r.Note, SetBy: r.SetBy, SetAt: r.SetAt.UTC(),
		}
	}
	return rules
}

func windowsOf(rows []dbsqlc.Maintenance) []limit.Window {
	windows := make([]limit.Window, len(rows))
	for i, r := range rows {
		windows[i] = limit.Window{
			ID: r.ID, Scope: limit.Scope{Cluster: r.Cluster, Queue: r.Queue}, From: r.FromAt.UTC(), Until: r.UntilAt.UTC(),
			Text: r.Text, SetBy: r.SetBy, SetAt: r.SetAt.UTC(),
		}
	}
	return windows
}
