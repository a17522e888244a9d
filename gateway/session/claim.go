package session

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Claims that are refused for good.
var (
	// ErrRevoked: the session has ended or is stopping, or the secret is wrong.
	ErrRevoked = errors.New("the claim is revoked")
	// ErrSuperseded: a newer start of the job has claimed.
	ErrSuperseded = errors.New("a newer agent has taken over")
)

// Claim is what an agent says of itself.
type Claim struct {
	Session  ID
	Attempt  int // of the submission
	JobID    batch.JobID
	Restarts int // how often the scheduler has restarted the job
	// Uncounted: the agent cannot know (PBS does not tell its jobs), and the
	// scheduler is asked.
	Uncounted bool
	Secret    string
	Host      string
}

// Claim accepts the agent of the session's current job, or of a newer start of
// it, and moves the session to Starting. It is repeated at every reconnection.
// ErrRevoked and ErrSuperseded are final; ErrNotFound too.
func (l *Lifecycle) Claim(ctx context.Context, c Claim) (Session, App, error) {
	if !c.Session.Valid() {
		return Session{}, App{}, ErrNotFound
	}
	if c.Uncounted {
		var err error
		if c.Restarts, err = l.restarts(ctx, c); err != nil {
			return Session{}, App{}, err
		}
	}
	start := c.Attempt + c.Restarts
	var refusal error
	s, err := l.change(ctx, c.Session, func(s *Session) Evidence {
		refusal = fence(*s, c, start)
		if refusal != nil {
			return Evidence{}
		}
		if s.JobID == "" {
			s.JobID = c.JobID
			s.found()
		}
		if start > s.Attempt || s.StartedAt.IsZero() {
			s.StartedAt, s.ReadyAt = l.Now(), time.Time{}
		}
		requeued := start > s.Attempt && s.State == Ready
		s.Attempt, s.Node = start, c.Host
		s.AgentSince, s.AgentLost = l.Now(), time.Time{}
		if requeued { // the poll has not seen the requeue yet; the claim proves it
			s.State = Next(s.State, EvWaiting)
		}
		return l.move(s, EvClaimed, FromAgent, "the job called back from "+c.Host)
	})
	if err != nil {
		return s, App{}, err
	}
	if refusal != nil {
		return s, App{}, refusal
	}
	app, ok := l.AppOf(s.App)
	if !ok {
		return s, App{}, ErrRevoked
	}
	return s, app, nil
}

func fence(s Session, c Claim, start int) error {
	hash := sha256.Sum256([]byte(c.Secret))
	switch {
	case subtle.ConstantTimeCompare(hash[:], s.ClaimHash) != 1:
		return ErrRevoked
	case s.State == Ended || s.State == Stopping:
		return ErrRevoked
	case c.Attempt < 1 || c.Restarts < 0 || c.JobID == "":
		return ErrRevoked
	case s.JobID != "" && s.JobID != c.JobID:
		return ErrRevoked
	case start < s.Attempt:
		return ErrSuperseded
	}
	return nil
}

// AppReady notes that the app of this attempt answers.
func (l *Lifecycle) AppReady(ctx context.Context, id ID, attempt int) error {
	_, err := l.change(ctx, id, func(s *Session) Evidence {
		if s.Attempt != attempt {
			return Evidence{}
		}
		if s.ReadyAt.IsZero() && s.State == Starting {
			s.ReadyAt = l.Now()
		}
		return l.move(s, EvReady, FromAgent, "the app answers")
	})
	return err
}

// Exit is an agent's record of its app's end.
type Exit struct {
	Code   int
	Signal int
	// Unready says that the app was ended because it did not answer in time.
	Unready bool
	// Terminated says that the job itself was told to end from outside
	// (scancel, the time limit, preemption): only the scheduler knows why.
	Terminated bool
	Error      string // why it could not even start; "" otherwise
}

// AppExited takes the agent's record of the app's end. It ends the session,
// except where only the scheduler knows the cause: a job that was told to end
// from outside, or an app that was killed (for memory, perhaps). Then the exit
// is kept and the scheduler's word is waited for. The job is not cancelled: its
// agent is about to end, and the reconciler cancels what is left after a while.
func (l *Lifecycle) AppExited(ctx context.Context, id ID, attempt int, x Exit) error {
	_, err := l.change(ctx, id, func(s *Session) Evidence {
		if s.Attempt != attempt || s.State == Ended {
			return Evidence{}
		}
		what := end{reason: Failed, code: &x.Code, signal: x.Signal}
		if x.Signal > 0 {
			what.code = nil // there is none
		}
		if s.State != Stopping && (x.Terminated || x.Signal == int(syscall.SIGKILL)) {
			s.ExitCode, s.Signal = what.code, what.signal
			return Evidence{}
		}
		switch {
		case x.Error != "":
			what.detail = "The app could not be started: " + clip(x.Error, mostCause)
		case x.Unready:
			what.reason, what.detail = StartTimeout, StartTimeout.Text()
		case x.Code == 0 && x.Signal == 0:
			what.reason, what.detail = Finished, Finished.Text()
		default:
			what.detail = Failed.Text() + "; " + exitWords(&x.Code, x.Signal)
		}
		return l.end(s, EvOver, FromAgent, what)
	})
	return err
}

// AgentConnected and AgentGone keep the page's "not connected since". They move
// no state: a link that is down proves nothing about the job.
func (l *Lifecycle) AgentConnected(ctx context.Context, id ID, attempt int) error {
	return l.link(ctx, id, attempt, l.Now(), time.Time{})
}

// AgentGone notes that the link of this attempt's agent is down.
func (l *Lifecycle) AgentGone(ctx context.Context, id ID, attempt int) error {
	return l.link(ctx, id, attempt, time.Time{}, l.Now())
}

func (l *Lifecycle) link(ctx context.Context, id ID, attempt int, since, lost time.Time) error {
	_, err := l.change(ctx, id, func(s *Session) Evidence {
		if s.State != Ended && s.Attempt == attempt {
			s.AgentSince, s.AgentLost = since, lost
		}
		return Evidence{}
	})
	return err
}
