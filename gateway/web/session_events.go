package web

import (
	"github.com/berth-hpc/berth/gateway/session"
)

var sourceWords = map[session.Source]string{
	session.FromQueue: "scheduler", session.FromAccounting: "accounting", session.FromAgent: "node",
	session.FromPerson: "person", session.FromGateway: "berth",
}

// ownerWord is what the owner of a session is called on its page.
const ownerWord = "you"

// mostEvents is how much of a long timeline is shown: the newest.
const mostEvents = 60

// events is the timeline, newest first.
func (w *Web) events(s session.Session, timeline []session.Evidence) []eventView {
	now := w.Now()
	var all []eventView
	for i := len(timeline) - 1; i >= 0 && len(all) < mostEvents; i-- {
		e := timeline[i]
		v := eventView{Clock: clock(e.At, now), Source: sourceWords[e.Source], Text: plain(e.Text), Tone: "off"}
		if v.Source == "" {
			v.Source = plain(string(e.Source))
		}
		if v.Text == "" {
			v.Text = plain(string(e.Event))
		}
		switch {
		case e.By == s.Owner && e.Source == session.FromPerson:
			v.Source = ownerWord
		case e.By != "":
			v.By = plain(e.By)
		}
		if e.From != e.To {
			v.State = string(e.To)
			v.Tone = stateTone[e.To]
			if e.To == session.Ended {
				v.Tone = tone(s)
			}
		}
		all = append(all, v)
	}
	return all
}

var stateTone = map[session.State]string{
	session.Requested: "wait", session.Queued: "wait", session.Starting: "busy",
	session.Ready: "good", session.Stopping: "off", session.Ended: "off",
}
