package hub

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

const (
	// keepAlive is how often an empty line goes out, as JupyterHub does.
	keepAlive = 8 * time.Second
	// progressLife ends a stream, so that its reader signs in anew.
	progressLife = 10 * time.Minute
)

// Progress is one event of a start.
type Progress struct {
	Progress int     `json:"progress"` // percent, roughly
	Message  string  `json:"message"`
	HTML     string  `json:"html_message"`
	Ready    bool    `json:"ready,omitempty"`
	Failed   bool    `json:"failed,omitempty"`
	URL      *string `json:"url,omitempty"`
}

// serverProgress streams how a start goes on, as Server-Sent Events, until the
// server is ready or has failed.
func (h *Hub) serverProgress(c *gin.Context) error {
	_, user, err := target(c, login.OwnRead, login.ReadServers)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	s, err := h.find(ctx, user, c.Param("server"))
	if err != nil {
		return err
	}
	leave, ok := h.holds.enter(user)
	if !ok {
		return refuse(http.StatusTooManyRequests, "Too many requests wait for %s's servers", user)
	}
	defer leave()
	changed, unsubscribe := h.Signals.Subscribe(s.ID)
	defer unsubscribe()

	head(c)
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-cache")
	c.Header("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	beat, life := time.NewTicker(keepAlive), time.NewTimer(progressLife)
	defer beat.Stop()
	defer life.Stop()
	sent := ""
	for {
		if s, err = h.Sessions.Owned(ctx, s.Owner, s.ID); err != nil && (errors.Is(err, session.ErrNotFound) || ctx.Err() != nil) {
			return nil // nobody is left to tell
		}
		if err == nil {
			event := progressOf(s)
			if data, _ := json.Marshal(event); string(data) != sent {
				if sent = string(data); write(c, "data: "+sent+"\n\n") != nil {
					return nil
				}
			}
			if event.Ready || event.Failed {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-life.C:
			return nil
		case <-beat.C:
			if write(c, "\n\n") != nil {
				return nil
			}
		case <-changed:
		}
	}
}

// write sends a part of a stream. A client that takes nothing for a minute is
// gone.
func write(c *gin.Context, text string) error {
	out := http.NewResponseController(c.Writer)
	if err := out.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := c.Writer.WriteString(text); err != nil {
		return err
	}
	return out.Flush()
}

func progressOf(s session.Session) Progress {
	p := Progress{Message: s.Headline()}
	switch s.State {
	case session.Requested:
		p.Progress = 5
	case session.Queued:
		p.Progress = 10
		if !s.EstimatedStart.IsZero() {
			p.Message += "; the scheduler expects to start it at " + s.EstimatedStart.UTC().Format("15:04 UTC on 2 January")
		}
	case session.Starting:
		p.Progress = 60
		if !s.AgentSince.IsZero() {
			p.Progress = 80
		}
	case session.Ready:
		url := s.BasePath()
		p.Progress, p.Ready, p.URL, p.Message = 100, true, &url, "Server ready at "+url
	default:
		p.Progress, p.Failed = 100, true
		if s.Detail != "" {
			p.Message += ": " + s.Detail
		}
	}
	p.HTML = html.EscapeString(p.Message)
	return p
}
