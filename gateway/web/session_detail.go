package web

import (
	"context"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// sessionDetail is all that the session page shows of a session, except its log.
type sessionDetail struct {
	sessionView
	Steps    []stepView
	Facts    []factView
	Timeline []eventView
	Notices  []notice

	Reason    string // the scheduler's own word for why the job waits
	Estimate  moment // when it might start; zero for no idea
	Never     bool   // it cannot run as it was asked for
	Ending    *endView
	Requeued  bool // the scheduler has started it more than once
	Attempt   int
	Announced string // for screen readers, when it changes
}

// stepView is one station of a session's way.
type stepView struct {
	Name   string
	Status string // "done", "now", "todo"; for what has ended "last" and "skipped"
	Clock  moment
}

// factView is one fact of the list beside. An empty Value is left out.
type factView struct {
	Name, Value string
	Mono        bool
}

// eventView is one entry of the timeline.
type eventView struct {
	Clock  moment
	Source string
	Text   string
	By     string
	State  string // reached by it; "" if it moved nothing
	Tone   string
}

// sessionDetail is what pages show of a session. Only who may read its log is
// told what that says about its end: log.
func (w *Web) sessionDetail(ctx context.Context, s session.Session, log bool) (sessionDetail, error) {
	now := w.Now()
	timeline, err := w.Sessions.Store.Timeline(ctx, s.ID)
	if err != nil {
		return sessionDetail{}, err
	}
	d := sessionDetail{
		sessionView: w.sessionView(s), Steps: steps(s, now), Timeline: w.events(s, timeline),
		Attempt: s.Attempt, Requeued: s.Attempt > 1,
	}
	d.Facts = d.facts(s)
	d.Announced = d.Say()
	if s.Live() {
		if d.Notices, err = w.grantNotices(ctx, s); err != nil {
			return sessionDetail{}, err
		}
		d.Notices = append(d.Notices, warnings(s, timeline, now)...)
		d.Notices = append(d.Notices, w.queueNotices(ctx, s.Cluster, s.Queue)...)
		d.Notices = append(d.Notices, w.sessionNotices(s, now)...)
	} else if d.Ending, err = w.ending(ctx, s, log); err != nil {
		return sessionDetail{}, err
	}
	if s.State == session.Queued {
		d.Never = neverRuns(s)
		if s.JobReason != "" && s.JobReason != "None" {
			d.Reason = plain(s.JobReason)
		}
		if s.EstimatedStart.After(now) && !d.Never {
			d.Estimate = clock(s.EstimatedStart, now)
		}
	}
	return d, nil
}

func (d sessionDetail) facts(s session.Session) []factView {
	facts := []factView{
		{Name: "App", Value: d.App.Name},
		{Name: "Cluster", Value: d.Cluster},
		{Name: "Partition", Value: d.Queue},
		{Name: "Node", Value: d.Node, Mono: true},
		{Name: "Job", Value: plain(string(s.JobID)), Mono: true},
		{Name: "Job state", Value: plain(s.JobNative), Mono: true},
	}
	if r := s.Resources; r.GPUs > 0 {
		facts = append(facts, factView{Name: "GPUs", Value: resources(r)[0]})
	}
	if r := s.Resources; r.CPUs > 0 {
		facts = append(facts, factView{Name: "CPUs", Value: strconv.Itoa(r.CPUs)})
	}
	if r := s.Resources; r.Memory > 0 {
		facts = append(facts, factView{Name: "Memory", Value: r.Memory.Human()})
	}
	facts = append(facts,
		factView{Name: "Time limit", Value: d.TimeLimit},
		factView{Name: "Account", Value: plain(s.Account)},
		factView{Name: "QOS", Value: plain(s.QOS)},
	)
	if d.Requeued {
		facts = append(facts, factView{Name: "Start", Value: "number " + strconv.Itoa(s.Attempt)})
	}
	kept := facts[:0]
	for _, f := range facts {
		if f.Value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

// sessionNotices are what the person should know beside the state.
func (w *Web) sessionNotices(s session.Session, now time.Time) []notice {
	found := w.schedulerNotices(w.Board.All(), s.Cluster)
	if !s.MissingSince.IsZero() {
		found = append(found, notice{
			Tone: "warn", Title: "The scheduler does not report this job",
			Since: clock(s.MissingSince, now), Text: "It may only be slow; the session is kept until it is certain.",
		})
	}
	switch {
	case s.Suspended():
		found = append(found, notice{
			Tone: "warn", Title: "The scheduler has suspended the job",
			Text: "The app keeps its memory and does not run. It goes on when the scheduler resumes the job.",
		})
	case s.State == session.Ready && !s.AgentLost.IsZero():
		found = append(found, notice{
			Tone: "warn", Title: "The connection to the node is lost",
			Text: "The app goes on running there. It is reconnected as soon as the node calls back.",
		})
	}
	return found
}
