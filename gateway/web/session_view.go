package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// sessionView is one session as pages show it. Times are as of the rendering;
// a script lets them tick.
type sessionView struct {
	ID       session.ID
	Name     string
	App      appView
	State    session.State
	Tone     string // colour of the state: "wait", "busy", "good", "warn", "bad", "off"
	Headline string
	Since    moment // ends the headline, where it names a time

	Cluster   string // "" on a site with one
	Queue     string
	Resources []string
	TimeLimit string
	Node      string

	Open     string // where the app is; "" unless Ready
	Relaunch string
	Asked    []fieldValue // what it asked for, to keep as a preset
	Live     bool
	MayStop  bool

	Created, Ended moment
	Waiting        moment // how long it has waited; zero unless it waits
	Left           *leftView
	Lasted         string // how long an ended one ran; "" if it never did
}

// leftView is the time that is left, as words and as a bar.
type leftView struct {
	Moment      moment
	Percent     int    // of the time limit that is left
	Tone        string // "good", "warn" in the last quarter of an hour, "bad" in the last five minutes
	From, Until string // for the script, Unix seconds
	End         moment
}

// appView is how an app of the catalogue looks.
type appView struct{ ID, Name, Icon, Description string }

func (w *Web) appView(id string) appView {
	a, ok := w.Sessions.AppOf(id)
	if !ok {
		return appView{ID: id, Name: plain(id), Icon: "app"}
	}
	return viewOfApp(a)
}

func viewOfApp(a session.App) appView {
	name := a.Name
	if name == "" {
		name = a.ID
	}
	return appView{ID: a.ID, Name: plain(name), Icon: a.Icon, Description: plain(a.Description)}
}

func (w *Web) sessionView(s session.Session) sessionView {
	now := w.Now()
	v := sessionView{
		ID: s.ID, Name: plain(s.Name), App: w.appView(s.App), State: s.State, Tone: tone(s),
		Headline: plain(s.Headline()), Queue: plain(s.Queue), Resources: resources(s.Resources),
		Node: plain(s.Node), Live: s.Live(), MayStop: s.Live() && s.State != session.Stopping,
		Created: ago(s.CreatedAt, now), Relaunch: relaunch(s), Asked: fieldsOf(asked(s)),
	}
	if len(w.Board.All()) > 1 {
		v.Cluster = plain(s.Cluster)
	}
	if s.TimeLimit > 0 {
		v.TimeLimit = span(s.TimeLimit.Std())
	}
	if s.State == session.Ready {
		v.Open = w.openURL(s)
		switch {
		case s.Suspended(): // and that is why it may not be connected
		case !s.AgentLost.IsZero():
			v.Headline, v.Since = "Not connected since", clock(s.AgentLost, now)
		case s.Node != "":
			v.Headline = v.App.Name + " runs on " + v.Node
		}
	}
	if s.State == session.Requested || s.State == session.Queued {
		v.Waiting = since(s.CreatedAt, now)
	}
	if !s.EndedAt.IsZero() {
		v.Ended = ago(s.EndedAt, now)
		if !s.StartedAt.IsZero() {
			v.Lasted = span(s.EndedAt.Sub(s.StartedAt))
		}
	}
	if s.State == session.Starting || s.State == session.Ready {
		v.Left = leftOf(s, now)
	}
	return v
}

// Say is the headline as one text, for screen readers.
func (v sessionView) Say() string {
	if v.Since.Text != "" {
		return v.Headline + " " + v.Since.Text
	}
	return v.Headline
}

// openURL is where the session's app shows itself.
func (w *Web) openURL(s session.Session) string {
	app, _ := w.Sessions.AppOf(s.App)
	return s.BasePath() + strings.TrimLeft(app.OpenPath, "/")
}

// leftOf is nil when the deadline is not known.
func leftOf(s session.Session, now time.Time) *leftView {
	end := s.Deadline()
	if end.IsZero() {
		return nil
	}
	remains := max(end.Sub(now), 0)
	v := &leftView{
		Moment: left(end, now), Tone: "good", End: clock(end, now),
		Percent: int(100 * remains / s.TimeLimit.Std()),
		From:    strconv.FormatInt(s.StartedAt.Unix(), 10), Until: strconv.FormatInt(end.Unix(), 10),
	}
	switch {
	case remains < 5*time.Minute:
		v.Tone = "bad"
	case remains < 15*time.Minute:
		v.Tone = "warn"
	}
	return v
}

// tone chooses the colour of a session's state.
func tone(s session.Session) string {
	switch s.State {
	case session.Requested, session.Queued:
		if neverRuns(s) {
			return "bad"
		}
		return "wait"
	case session.Starting:
		return "busy"
	case session.Ready:
		if s.Suspended() || !s.AgentLost.IsZero() {
			return "warn"
		}
		return "good"
	case session.Stopping:
		return "off"
	}
	switch s.Reason {
	case session.StoppedByOwner, session.StoppedIdle, session.Finished:
		return "off"
	case session.TimedOut, session.Preempted, session.Cancelled, session.StoppedByAdmin:
		return "warn"
	}
	return "bad"
}

// neverRuns reports that the scheduler has said that the job cannot run as asked.
func neverRuns(s session.Session) bool {
	return batch.Job{State: s.JobState, Reason: s.JobReason}.WillNeverRun()
}

// relaunch is the form, filled in with what the session asked for.
func relaunch(s session.Session) string { return requestLink(asked(s)) }

// asked is what the session asked for.
func asked(s session.Session) session.Request {
	r := session.Request{}
	set := func(field, v string) {
		if v != "" && v != "0" && v != "0s" {
			r[field] = v
		}
	}
	set("name", s.Name)
	set("app", s.App)
	set("cluster", s.Cluster)
	set("queue", s.Queue)
	set("account", s.Account)
	set("qos", s.QOS)
	set("gpus", strconv.Itoa(s.Resources.GPUs))
	if s.Resources.GPUs > 0 {
		set("gpu_type", s.Resources.GPUType)
	}
	set("cpus", strconv.Itoa(s.Resources.CPUs))
	set("memory", s.Resources.Memory.String())
	set("time_limit", s.TimeLimit.String())
	return r
}
