package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/hint"
	"github.com/berth-hpc/berth/gateway/session"
)

// endView is what there is to say about an end beside its reason.
type endView struct {
	Detail string
	Hints  []hintView
	Exit   string // exit code or signal
	Peak   string // the most memory it used, and of how much
}

// hintView is what the owner can do, and the form filled in with that.
type hintView struct{ Text, Do, Link string }

// hintLines is how much of the log hints are looked for in.
const hintLines = 200

// ending says how and why a session ended. What the log says counts only where
// the log may be read: log.
func (w *Web) ending(ctx context.Context, s session.Session, log bool) (*endView, error) {
	e := &endView{}
	if s.Detail != s.Reason.Text() { // the headline says that already
		e.Detail = sentence(plain(s.Detail))
	}
	switch {
	case s.Signal > 0:
		e.Exit = fmt.Sprintf("signal %d", s.Signal)
	case s.ExitCode != nil:
		e.Exit = fmt.Sprintf("exit code %d", *s.ExitCode)
	}
	known := hint.Known{Session: s}
	u, err := w.Use.Usage(ctx, s.ID)
	switch {
	case errors.Is(err, session.ErrNotFound):
	case err != nil:
		return nil, err
	case u.MemoryPeak > 0 && !s.StartedAt.IsZero():
		known.MemoryPeak = u.MemoryPeak
		e.Peak = peakLine(u).Value
	}
	if log {
		lines, err := w.Sessions.Logs.Tail(ctx, s.ID, 0, hintLines)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			known.Log = append(known.Log, l.Text)
		}
	}
	for _, h := range w.Hints.Find(known) {
		v := hintView{Text: plain(h.Text)}
		if len(h.Change) > 0 {
			v.Do, v.Link = w.changeWords(h.Change), changedLink(s, h.Change)
		}
		e.Hints = append(e.Hints, v)
	}
	return e, nil
}

// changedLink fills the form in with what the session asked for, but for what is
// changed.
func changedLink(s session.Session, change map[string]string) string {
	r := asked(s)
	maps.Copy(r, change)
	return requestLink(r)
}

// changeWords says what a change asks for: "16 GB of memory, 8 h".
func (w *Web) changeWords(change map[string]string) string {
	var words []string
	for _, field := range session.Fields {
		v, ok := change[field]
		if !ok {
			continue
		}
		n, _ := strconv.Atoi(v)
		switch field {
		case "memory":
			if b, err := batch.ParseBytes(v); err == nil {
				v = b.Human() + " of memory"
			}
		case "time_limit":
			if d, err := batch.ParseDuration(v); err == nil {
				v = span(d.Std())
			}
		case "gpus":
			v = count(n, "GPU", "GPUs")
		case "cpus":
			v = count(n, "CPU", "CPUs")
		case "app":
			v = w.appView(v).Name
		case "qos":
			v = "QOS " + v
		default:
			v = strings.ReplaceAll(field, "_", " ") + " " + v
			if field == "queue" {
				v = "partition " + change[field]
			}
		}
		words = append(words, plain(v))
	}
	return strings.Join(words, ", ")
}
