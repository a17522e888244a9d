package web

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

const (
	logLines = 300 // shown at first
	logBurst = 500 // at most with one signal
)

// sessionShowPage is the page that waits for a session, shows it, and says why
// it ended.
type sessionShowPage struct {
	frame
	Session sessionDetail
	Log     logView
	Use     *useView // nil: nothing is known, or the job has not begun
	// AutoOpen: the person waits here and wants to be led to the app.
	AutoOpen bool
	Mail     *mailView // nil: there is no mail to ask for
}

// logView is the tail of the job's log.
type logView struct {
	Lines   []lineView
	After   int64 // position of the last line
	Skipped bool  // there were more before the first one

	Find      string // only lines that have this; "" for all
	Found, Of int
}

// lineView is one line of the log.
type lineView struct {
	Stream string
	Clock  moment
	Text   string
}

func (w *Web) sessionShow(c *gin.Context) error {
	ctx := c.Request.Context()
	s, err := w.owned(c)
	if err != nil {
		return err
	}
	page := sessionShowPage{AutoOpen: c.Query("open") == "1" && s.Live()}
	page.frame = w.frame(c.Request, s.Name, "sessions")
	if s.State != session.Ended {
		page.Reload = 5
		if s.State == session.Ready {
			page.Reload = 60
		}
	}
	if page.Session, err = w.sessionDetail(ctx, s, true); err != nil {
		return err
	}
	if page.Use, err = w.sessionUse(ctx, s); err != nil {
		return err
	}
	if page.Mail, err = w.mailChoice(ctx, s); err != nil {
		return err
	}
	if page.Log, err = w.logShown(ctx, s.ID, c.Query("find")); err != nil {
		return err
	}
	return w.render(c, http.StatusOK, "session_show", &page)
}

// owned is the session of the path, if it is the caller's.
func (w *Web) owned(c *gin.Context) (session.Session, error) {
	caller, _ := login.CallerOf(c.Request.Context())
	return w.Sessions.Owned(c.Request.Context(), caller.User.Name, session.ID(c.Param("id")))
}

// logTail reads the newest lines after a position.
func (w *Web) logTail(ctx context.Context, id session.ID, after int64, most int) (logView, error) {
	lines, err := w.Sessions.Logs.Tail(ctx, id, after, most)
	if err != nil {
		return logView{After: after}, err
	}
	v := logView{After: after}
	now := w.Now()
	for i, l := range lines {
		if i == 0 && l.Seq > after+1 {
			v.Skipped = true
		}
		v.After = max(v.After, l.Seq)
		stream := "out"
		switch l.Stream {
		case "stderr":
			stream = "err"
		case "job":
			stream = "job"
		}
		v.Lines = append(v.Lines, lineView{Stream: stream, Clock: clock(l.At, now), Text: plain(l.Text)})
	}
	return v, nil
}
