package sql

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

var _ cron.Store = (*Store)(nil)

// BeginCron implements cron.Store.
func (s *Store) BeginCron(ctx context.Context, r cron.Run) (cron.Run, error) {
	err := s.tx(ctx, "note that a job begins", func(ctx context.Context, q *dbsqlc.Queries) error {
		if r.AskedBy == "" {
			by, err := q.TakeCronRequest(ctx, r.Job)
			if err != nil {
				return err
			}
			for _, name := range by {
				r.AskedBy = name
			}
		}
		id, err := q.AddCronRun(ctx, cronRow(r))
		r.ID = id
		return err
	})
	return r, err
}

// EndCron implements cron.Store.
func (s *Store) EndCron(ctx context.Context, r cron.Run, st cron.Standing) error {
	return s.tx(ctx, "note that a job has ended", func(ctx context.Context, q *dbsqlc.Queries) error {
		if r.ID != 0 {
			err := q.EndCronRun(ctx, dbsqlc.EndCronRunParams{
				ID: r.ID, FinishedAt: zeronull.Timestamptz(r.Finished), Outcome: string(r.Outcome), Detail: clean(r.Detail, maxText),
			})
			if err != nil {
				return err
			}
		}
		return q.StandCronJob(ctx, dbsqlc.StandCronJobParams{
			Job: r.Job, Spec: st.SpecThen, RunID: r.ID, Replica: r.Replica, DueAt: r.Due, StartedAt: r.Started,
			FinishedAt: zeronull.Timestamptz(r.Finished), Outcome: string(r.Outcome), Detail: clean(r.Detail, maxText),
			AskedBy: r.AskedBy, LastOkAt: zeronull.Timestamptz(st.LastOK), Failures: st.Failures,
			NextAt: zeronull.Timestamptz(st.Next),
		})
	})
}

// MissCron implements cron.Store.
func (s *Store) MissCron(ctx context.Context, r cron.Run) error {
	return s.do(ctx, "note that runs were missed", func(ctx context.Context, q *dbsqlc.Queries) error {
		_, err := q.AddCronRun(ctx, cronRow(r))
		return err
	})
}

// StandingsCron implements cron.Store.
func (s *Store) StandingsCron(ctx context.Context) (map[string]cron.Standing, error) {
	all := map[string]cron.Standing{}
	err := s.do(ctx, "read the standing of jobs", func(ctx context.Context, q *dbsqlc.Queries) error {
		jobs, err := q.CronJobs(ctx)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			all[j.Job] = cron.Standing{
				Last: cron.Run{
					ID: j.RunID, Job: j.Job, Replica: j.Replica, Due: j.DueAt.UTC(), Started: j.StartedAt.UTC(),
					Finished: utc(j.FinishedAt), Outcome: cron.Outcome(j.Outcome), Detail: j.Detail, AskedBy: j.AskedBy,
				},
				SpecThen: j.Spec, LastOK: utc(j.LastOkAt), Failures: j.Failures, Next: utc(j.NextAt),
			}
		}
		running, err := q.RunningCronJobs(ctx)
		for _, r := range running {
			st := all[r.Job]
			st.Now = cronRun(r)
			all[r.Job] = st
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// AskedCron implements cron.Store.
func (s *Store) AskedCron(ctx context.Context) (requests []cron.Request, err error) {
	err = s.do(ctx, "see which jobs were asked for", func(ctx context.Context, q *dbsqlc.Queries) error {
		if err := q.DropOldCronRequests(ctx); err != nil {
			return err
		}
		rows, err := q.CronRequests(ctx)
		for _, r := range rows {
			requests = append(requests, cron.Request{Job: r.Job, By: r.AskedBy, At: r.AskedAt.UTC()})
		}
		return err
	})
	return requests, err
}

// AskCron asks the leader to run a job, tells it so (CronAsked), and writes the
// audit log. The person who asks is the entry's.
func (s *Store) AskCron(ctx context.Context, job string, e admin.Entry) error {
	return s.tx(ctx, "ask for a job", func(ctx context.Context, q *dbsqlc.Queries) error {
		if err := q.AskCron(ctx, dbsqlc.AskCronParams{Job: job, AskedBy: clean(e.By, maxText)}); err != nil {
			return err
		}
		if err := addAudit(ctx, q, e); err != nil {
			return err
		}
		return q.Notify(ctx, []string{Notice{Kind: CronAsked, ID: job}.payload()})
	})
}

// CronFilter chooses runs. Zero values choose all.
type CronFilter struct {
	Job    string
	Before int64 // only runs with a smaller ID: the page after this one
	Limit  int   // 0: 100
}

// CronRuns reads runs, the newest first.
func (s *Store) CronRuns(ctx context.Context, f CronFilter) ([]cron.Run, error) {
	most := int64(f.Limit)
	if most <= 0 {
		most = defaultList
	}
	var runs []cron.Run
	err := s.do(ctx, "list runs of jobs", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		var rows []dbsqlc.CronRun
		if f.Job == "" {
			rows, err = q.RecentCronRuns(ctx, dbsqlc.RecentCronRunsParams{Before: f.Before, Most: most})
		} else {
			rows, err = q.CronRuns(ctx, dbsqlc.CronRunsParams{Job: f.Job, Before: f.Before, Most: most})
		}
		for _, r := range rows {
			runs = append(runs, cronRun(r))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return runs, nil
}

func cronRow(r cron.Run) dbsqlc.AddCronRunParams {
	return dbsqlc.AddCronRunParams{
		Job: r.Job, Replica: r.Replica, DueAt: r.Due, StartedAt: r.Started, FinishedAt: zeronull.Timestamptz(r.Finished),
		Outcome: string(r.Outcome), Detail: clean(r.Detail, maxText), AskedBy: clean(r.AskedBy, maxText),
	}
}

func cronRun(r dbsqlc.CronRun) cron.Run {
	return cron.Run{
		ID: r.ID, Job: r.Job, Replica: r.Replica, Due: r.DueAt.UTC(), Started: r.StartedAt.UTC(), Finished: utc(r.FinishedAt),
		Outcome: cron.Outcome(r.Outcome), Detail: r.Detail, AskedBy: r.AskedBy,
	}
}
