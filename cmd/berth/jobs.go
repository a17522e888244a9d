package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

// jobs is what recurring jobs work with. A gateway has it, and so has a command
// line that runs a job by itself.
type jobs struct {
	config    *fileConfig
	store     *sql.Store
	lifecycle *session.Lifecycle
	clusters  clusters
	log       *slog.Logger
	// forget drops what this process has cached of a person's logins. May be nil.
	forget func(user string)

	// reconciler is that of the present leadership, or of this command.
	reconciler atomic.Pointer[reconcile.Reconciler]
	queues     *queueRefresh
}

// work is what each job does, by its name.
func (j *jobs) work() map[string]func(context.Context) (string, error) {
	return map[string]func(context.Context) (string, error){
		jobReconcile:     j.reconcile,
		jobRefreshQueues: j.queues.run,
		jobCullIdle:      j.cullIdle,
		jobWarnWalltime:  j.warnWalltime,
		jobSyncDirectory: j.syncDirectory,
		jobMaintenance:   j.maintenance,
		jobNotify:        j.notify,
		jobExpire:        j.expire,
		jobUsageRollUp:   j.usageRollUp,
		jobPurge:         j.purge,
	}
}

// newJobRunner makes the runner of an installation's jobs. done may be nil.
func newJobRunner(j *jobs, replica string, done func(cron.Run)) (*cron.Runner, error) {
	j.queues = newQueueRefresh(j.config, j.clusters.board, j.log)
	list, work := recurring(j.config), j.work()
	for i, job := range list {
		list[i].Run = work[job.Name]
	}
	return cron.New(cron.Config{Jobs: list, Store: j.store, Zone: j.config.zone(), Replica: replica, Done: done, Log: j.log})
}

// reconcile compares once.
func (j *jobs) reconcile(ctx context.Context) (string, error) {
	report, err := j.reconciler.Load().RunOnce(ctx)
	text := fmt.Sprintf("%d sessions, %d moved", report.Sessions, report.Changed)
	for _, kind := range reconcile.Kinds() {
		if n := report.Count()[kind]; n > 0 && kind != reconcile.WrongState {
			text += fmt.Sprintf(", %d %s", n, words(string(kind)))
		}
	}
	for _, cluster := range report.Down {
		text += fmt.Sprintf("; %s does not answer", cluster)
	}
	return text, err
}

// graceOfTokens is how long an expired token is still listed for its owner.
const graceOfTokens = 30 * day

// expire removes what opens no door any more.
func (j *jobs) expire(ctx context.Context) (string, error) {
	now := time.Now()
	gone, err := j.store.Purge(ctx, sql.Retention{Logins: now, Tokens: now.Add(-graceOfTokens), Failures: now.Add(-day)})
	return fmt.Sprintf("%d sign-ins, %d tokens, %d failures to sign in", gone.Logins, gone.Tokens, gone.Failures), err
}

// purge removes what is older than the site keeps.
func (j *jobs) purge(ctx context.Context) (string, error) {
	now, keep := time.Now(), j.config.Retention
	if keep.Sessions > 0 { // they take what they held and used with them
		if _, err := j.usageRollUp(ctx); err != nil {
			return "", err
		}
	}
	before := func(d time.Duration) time.Time {
		if d == 0 {
			return time.Time{}
		}
		return now.Add(-d)
	}
	gone, err := j.store.Purge(ctx, sql.Retention{
		Sessions: before(keep.Sessions.Std()), Logs: before(kept(keep.Logs, 90*day)), Audit: before(keep.Audit.Std()),
		Runs: before(kept(keep.Runs, 90*day)),
	})
	return fmt.Sprintf("%d sessions, %d logs, %d audit entries, %d runs", gone.Sessions, gone.Logs, gone.Audit, gone.Runs), err
}
