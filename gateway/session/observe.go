package session

import (
	"context"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Observe tells the session what a scheduler reports of its job. A job of
// another owner is never believed. It returns the session as it is then.
//
// The session is one that the caller has just read: as long as nothing changes,
// which is what most polls see, the database is not asked again.
func (l *Lifecycle) Observe(ctx context.Context, s Session, job batch.Job, from Source) (Session, error) {
	log := ""
	if diedSilently(s, job) {
		log = l.Clusters[s.Cluster].JobLog(ctx, s)
	}
	wasLive := false
	s, err := l.changeFrom(ctx, s, func(s *Session) Evidence {
		if s.State == Ended || job.Owner != s.Owner || (s.JobID != "" && s.JobID != job.ID) {
			return Evidence{}
		}
		wasLive = true
		return l.observe(s, job, from, log != "")
	})
	if err == nil && wasLive && s.State == Ended && log != "" {
		l.keepJobLog(ctx, s.ID, log)
	}
	return s, err
}

// Preview says which state Observe would bring the session to. It changes
// nothing.
func (l *Lifecycle) Preview(s Session, job batch.Job, from Source) State {
	if s.State != Ended && job.Owner == s.Owner && (s.JobID == "" || s.JobID == job.ID) {
		l.observe(&s, job, from, false)
	}
	return s.State
}

// requeueGrace is how long a preempted job may take to show up in the queue
// again before its end is believed.
const requeueGrace = time.Minute

// diedSilently reports whether the job ended before its agent ever claimed, so
// that what it printed is only in a file of the owner's.
func diedSilently(s Session, job batch.Job) bool {
	return s.State != Ended && s.ReadyAt.IsZero() && s.AgentSince.IsZero() && s.AgentLost.IsZero() &&
		job.State.Phase() == batch.PhaseFinished && s.StopReason == ""
}

func (l *Lifecycle) observe(s *Session, job batch.Job, from Source, hasLog bool) Evidence {
	s.JobID = job.ID
	if from == FromQueue && job.Restarts+1 < s.Attempt && job.State.Phase() != batch.PhaseFinished {
		s.found()
		return Evidence{} // of an earlier start: somebody else has seen a newer answer
	}
	s.JobState, s.JobNative, s.JobReason = job.State, job.Native, job.Reason
	s.found()
	restarted := l.observeRestart(s, job, from)
	ev := Evidence{}
	switch job.State.Phase() {
	case batch.PhaseWaiting:
		s.EstimatedStart = job.EstimatedStart
		if !s.HeldUntil.IsZero() {
			s.EstimatedStart = time.Time{} // the scheduler does not know when we release it
		}
		ev = l.observeWaiting(s, job, from)
	case batch.PhaseRunning:
		s.EstimatedStart = time.Time{}
		if job.State != batch.Completing { // on its way out, and of no start in particular
			ev = l.observeRunning(s, job, from)
		}
	case batch.PhaseFinished:
		if job.State == batch.Preempted && from == FromQueue && l.Now().Sub(job.EndedAt) < requeueGrace {
			break // it may be on its way back into the queue
		}
		what := endOf(job, *s)
		if hasLog {
			what.detail += "; what the job printed is in the log below"
		}
		ev = l.end(s, EvOver, from, what)
	}
	if ev.Event == "" {
		return restarted
	}
	return ev
}

// observeRestart notices that the scheduler has requeued the job since this
// attempt began: a higher restart count than the attempt's. What was known of
// the old start is void.
func (l *Lifecycle) observeRestart(s *Session, job batch.Job, from Source) Evidence {
	if job.Restarts+1 <= s.Attempt {
		return Evidence{}
	}
	s.Attempt = job.Restarts + 1
	s.StartedAt, s.ReadyAt, s.Node = time.Time{}, time.Time{}, ""
	s.AgentSince, s.AgentLost = time.Time{}, time.Time{}
	return l.move(s, EvWaiting, from, "the scheduler put the job back into the queue")
}

func (l *Lifecycle) observeWaiting(s *Session, job batch.Job, from Source) Evidence {
	if s.State == Starting || s.State == Ready {
		return Evidence{} // no newer start: the answer is older than the claim
	}
	if s.QueuedAt.IsZero() {
		s.QueuedAt = l.Now()
	}
	return l.move(s, EvWaiting, from, "waiting as job "+string(job.ID))
}

func (l *Lifecycle) observeRunning(s *Session, job batch.Job, from Source) Evidence {
	if node := nodeOf(job); node != "" {
		s.Node = node
	}
	if !job.StartedAt.IsZero() {
		s.StartedAt = job.StartedAt
	} else if s.StartedAt.IsZero() {
		s.StartedAt = l.Now()
	}
	if job.TimeLimit > 0 {
		s.TimeLimit = job.TimeLimit
	}
	return l.move(s, EvRunning, from, "running on "+s.Node)
}

func nodeOf(job batch.Job) string {
	if job.BatchHost != "" {
		return job.BatchHost
	}
	if len(job.Nodes) > 0 {
		return job.Nodes[0]
	}
	return ""
}

// endOf says why a finished job ended, from its state and exit code.
func endOf(job batch.Job, s Session) end {
	what := end{code: job.ExitCode, signal: job.Signal}
	if what.signal == 0 && s.Signal > 0 && (what.code == nil || *what.code == 128+s.Signal) {
		what.code, what.signal = nil, s.Signal // the agent saw what the shell's status hides
	}
	switch job.State {
	case batch.Completed:
		what.reason = Finished
	case batch.Cancelled:
		what.reason = Cancelled
	case batch.Timeout, batch.Deadline:
		what.reason = TimedOut
	case batch.OutOfMemory:
		what.reason = OutOfMemory
	case batch.NodeFail, batch.BootFail:
		what.reason = NodeFailed
	case batch.Preempted:
		what.reason = Preempted
	default:
		what.reason = Failed
	}
	parts := []string{what.reason.Text()}
	if s.ReadyAt.IsZero() && what.reason == Failed {
		parts[0] = "The job ended before the app could answer"
	}
	if what.reason == Cancelled {
		parts[0] += cancellerWords(job.CancelledBy)
	}
	if what.reason == Failed || what.reason == Finished {
		if words := exitWords(what.code, what.signal); words != "" {
			parts = append(parts, words)
		}
	}
	if job.Reason != "" && job.Reason != "None" && job.Reason != "NonZeroExitCode" {
		parts = append(parts, "the scheduler says "+job.Reason)
	}
	what.detail = strings.Join(parts, "; ")
	return what
}

// keepJobLog puts what the job printed to its own file into the session's log.
func (l *Lifecycle) keepJobLog(ctx context.Context, id ID, text string) {
	var lines []LogLine
	for line := range strings.Lines(text) {
		lines = append(lines, LogLine{At: l.Now(), Stream: "job", Text: strings.TrimRight(line, "\r\n")})
	}
	if err := l.Logs.Append(ctx, id, lines); err != nil {
		l.Log.Warn("the job's log was not kept", "session", id, "err", err)
	}
}
