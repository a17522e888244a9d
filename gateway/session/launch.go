package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// mostSameName bounds how many names are tried for a session that was asked for
// without one: notebook, notebook-2, ... notebook-20.
const mostSameName = 20

// Launch checks the request, writes the session's row and submits its job. The
// row is there before the job.
//
// Errors: *Invalid, *limit.Denied and limit.ErrUnreadable (nothing was written), ErrNameTaken,
// *batch.Rejected (the session ended as Refused), batch.ErrUnavailable (the
// scheduler does not answer; nothing runs, and a job that turns up all the same
// will be cancelled), batch.ErrForbidden, ErrStore.
func (l *Lifecycle) Launch(ctx context.Context, who limit.Subject, r Request) (Session, error) {
	launch, err := l.FactsFor(ctx, who).Check(r)
	if err != nil {
		return Session{}, err
	}
	if standing, ok := l.Board.Of(launch.Cluster); ok && !standing.DownSince.IsZero() {
		return Session{}, fmt.Errorf("cluster %s, not since %s: %w", launch.Cluster,
			standing.DownSince.UTC().Format(time.RFC3339), batch.ErrUnavailable)
	}
	failpoint("before_row")
	s, secret, err := l.create(ctx, who, launch, r["name"] == "")
	if err != nil {
		return Session{}, err
	}
	failpoint("after_row")
	return l.submit(ctx, s, secret)
}

// create writes the row, in one transaction with the admission.
func (l *Lifecycle) create(ctx context.Context, who limit.Subject, launch Launch, mayRename bool) (Session, string, error) {
	secret := rand.Text()
	hash := sha256.Sum256([]byte(secret))
	now := l.Now()
	s := Session{
		ID: NewID(), Owner: who.User, OwnerGroups: who.Groups, Name: launch.Name, App: launch.App, Cluster: launch.Cluster,
		Queue: launch.Queue, Account: launch.Account, QOS: launch.QOS,
		Resources: launch.Resources, TimeLimit: launch.TimeLimit,
		State: Requested, Attempt: 1, ClaimHash: hash[:], CreatedAt: now,
	}
	ask := limit.Request{
		Cluster: s.Cluster, Queue: s.Queue, App: s.App, Resources: s.Resources, TimeLimit: s.TimeLimit,
	}
	ev := Evidence{At: now, Source: FromPerson, Event: "requested", To: Requested, By: who.User, Text: "asked for"}
	for n := 2; ; n++ {
		made, err := l.Store.Create(ctx, s, ev, limit.Admission{Who: who, Request: ask, At: l.here()})
		if denied, ok := errors.AsType[*limit.Denied](err); ok {
			denied.Contact = l.Contact
		}
		if !errors.Is(err, ErrNameTaken) || !mayRename || n > mostSameName {
			return made, secret, err
		}
		s.Name = numbered(launch.Name, n)
	}
}

// numbered is the name with a number behind it, still a name.
func numbered(name string, n int) string {
	suffix := "-" + strconv.Itoa(n)
	return strings.TrimRight(name[:min(len(name), mostName-len(suffix))], "-") + suffix
}

// submit hands the session's job to the scheduler and stores its id. Whatever
// happens to the request that asked for it, the outcome is written down.
func (l *Lifecycle) submit(ctx context.Context, s Session, secret string) (Session, error) {
	ctx = context.WithoutCancel(ctx)
	cluster := l.Clusters[s.Cluster]
	app, _ := l.AppOf(s.App)
	body, err := cluster.Script(s, app, secret)
	if err != nil {
		return l.refuse(ctx, s, Refused, fmt.Sprintf("the job script could not be made: %v", err), err)
	}
	failpoint("before_submit")
	failpoint("during_submit")
	id, err := cluster.Scheduler.Submit(ctx, s.Owner, batch.Script{
		Tag: s.Tag(l.Installation), Body: body, Queue: s.Queue, Account: s.Account, QOS: s.QOS,
		Resources: s.Resources, TimeLimit: s.TimeLimit,
	})
	failpoint("after_submit")
	var rejected *batch.Rejected
	switch {
	case err == nil:
		return l.submitted(ctx, s.ID, id)
	case errors.As(err, &rejected):
		return l.refuse(ctx, s, Refused, rejected.Error(), err)
	case errors.Is(err, batch.ErrForbidden):
		return l.refuse(ctx, s, Refused, "berth may not submit jobs as "+s.Owner+" here; an admin has to mend this", err)
	}
	return l.abandon(ctx, s, err)
}

// submitted stores the job's id. If the session was stopped or claimed
// meanwhile, the id is stored all the same, and a stopped one's job cancelled.
func (l *Lifecycle) submitted(ctx context.Context, id ID, job batch.JobID) (Session, error) {
	s, err := l.change(ctx, id, func(s *Session) Evidence {
		if s.JobID == "" {
			s.JobID = job
			s.found()
		}
		if s.QueuedAt.IsZero() {
			s.QueuedAt = l.Now()
		}
		return l.move(s, EvSubmitted, FromQueue, "submitted as job "+string(job))
	})
	failpoint("after_store")
	if err != nil {
		return s, err
	}
	if s.State == Stopping || s.State == Ended {
		l.cancel(ctx, s)
	}
	return s, nil
}

// refuse ends a session of which no job was made, and returns cause.
func (l *Lifecycle) refuse(ctx context.Context, s Session, why EndReason, detail string, cause error) (Session, error) {
	l.Log.Warn("launch refused", "session", s.ID, "owner", s.Owner, "cluster", s.Cluster, "err", cause)
	ended, err := l.change(ctx, s.ID, func(s *Session) Evidence {
		return l.end(s, EvRefused, FromQueue, end{reason: why, detail: detail})
	})
	if err != nil {
		return s, err
	}
	return ended, cause
}

// abandon is for a submission of which nobody knows whether it made a job: the
// person is told that nothing was started, and the session goes to Stopping, so
// that the reconciler looks its tag up and cancels what it finds. A job that
// has called back meanwhile is proof that it was made: then all is well.
func (l *Lifecycle) abandon(ctx context.Context, s Session, cause error) (Session, error) {
	l.Log.Error("the scheduler did not answer a submission", "session", s.ID, "owner", s.Owner, "cluster", s.Cluster, "err", cause)
	moved, err := l.change(ctx, s.ID, func(s *Session) Evidence {
		if s.JobID != "" {
			return Evidence{}
		}
		s.StopReason, s.Detail = NotSubmitted, NotSubmitted.Text()
		return l.move(s, EvStop, FromGateway, "the scheduler did not answer; given up")
	})
	if err != nil {
		return s, err
	}
	if moved.JobID != "" {
		return l.submitted(ctx, s.ID, moved.JobID)
	}
	if !errors.Is(cause, batch.ErrUnavailable) {
		cause = fmt.Errorf("%w: %w", batch.ErrUnavailable, cause)
	}
	return moved, cause
}
