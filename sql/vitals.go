package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Vitals is what the database says about how the installation is doing.
type Vitals struct {
	Now          time.Time // the database's clock, in the middle of the question
	Asked        time.Time // ours at that moment
	Led          bool      // somebody holds the leader's lock of that name
	Schema       int       // version
	Needed       int       // version that this berth needs
	Missing      int       // live sessions whose job is not reported
	Disconnected int       // ready sessions without an agent for two minutes
}

// Vitals asks for them; leader is RunLeader's name.
func (s *Store) Vitals(ctx context.Context, leader string) (v Vitals, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	begun := time.Now()
	key := uint64(lockKey("leader", leader)) //nolint:gosec // the two halves of the same bits
	// How a 64 bit key shows: PostgreSQL manual, pg_locks.
	err = s.pool.QueryRow(ctx, `select clock_timestamp(), exists (
		select from pg_locks where locktype = 'advisory' and granted and objsubid = 1
			and classid::bigint = $1 and objid::bigint = $2
			and database = (select oid from pg_database where datname = current_database()))`,
		int64(key>>32), int64(key&0xffffffff)).Scan(&v.Now, &v.Led)
	v.Asked = begun.Add(time.Since(begun) / 2)
	if err == nil {
		err = s.pool.QueryRow(ctx, "select version from "+versionTable).Scan(&v.Schema)
	}
	if err != nil {
		return v, fault(ctx, "read the vital signs", err)
	}
	if v.Needed, err = needed(); err != nil {
		return v, err
	}
	return v, s.do(ctx, "count troubled sessions", func(ctx context.Context, q *dbsqlc.Queries) error {
		row, err := q.Troubled(ctx)
		v.Missing, v.Disconnected = int(row.Missing), int(row.Disconnected)
		return err
	})
}
