package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Replica is a gateway process that shares this database.
type Replica struct {
	Name        string // unique; a restarted process takes its old name's place
	URL         string // where agents reach it
	Fingerprint string // of its agent listener's certificate
	StartedAt   time.Time
	HeartbeatAt time.Time // by the database's clock
}

// Heartbeat says that the replica lives (its HeartbeatAt is not read). The first
// one, and one that says anything new of it, is announced.
func (s *Store) Heartbeat(ctx context.Context, r Replica) error {
	return s.tx(ctx, "send a heartbeat", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.Heartbeat(ctx, dbsqlc.HeartbeatParams{Name: r.Name, Url: r.URL, Fingerprint: r.Fingerprint, StartedAt: r.StartedAt})
		if err != nil || n > 0 {
			return err
		}
		if err := q.JoinReplica(ctx, dbsqlc.JoinReplicaParams{Name: r.Name, Url: r.URL, Fingerprint: r.Fingerprint, StartedAt: r.StartedAt}); err != nil {
			return err
		}
		return q.Notify(ctx, []string{Notice{Kind: ReplicaChanged, ID: r.Name}.payload()})
	})
}

// Leave removes the replica. One that is not there is no error.
func (s *Store) Leave(ctx context.Context, name string) error {
	return s.tx(ctx, "leave", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.RemoveReplica(ctx, name)
		if err != nil || n == 0 {
			return err
		}
		return q.Notify(ctx, []string{Notice{Kind: ReplicaChanged, ID: name}.payload()})
	})
}

// Replicas lists the replicas that were heard of within that time, by name.
func (s *Store) Replicas(ctx context.Context, within time.Duration) ([]Replica, error) {
	var out []Replica
	err := s.do(ctx, "list replicas", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.Replicas(ctx, within)
		for _, r := range rows {
			out = append(out, Replica{
				Name: r.Name, URL: r.Url, Fingerprint: r.Fingerprint,
				StartedAt: r.StartedAt.UTC(), HeartbeatAt: r.HeartbeatAt.UTC(),
			})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
