package web

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// stream is a page's event stream (WHATWG HTML, section 9.2): parts of the page
// that replace what is there, and log lines that are added to it.
type stream struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	stall time.Duration
	sent  map[string]string // the revision of each part that the browser has
}

// openStream begins the answer. It lifts the deadline of the whole answer, and
// sets one for every write instead.
func (w *Web) openStream(c *gin.Context) (*stream, error) {
	s := &stream{w: c.Writer, rc: http.NewResponseController(c.Writer), stall: w.pace.stall, sent: map[string]string{}}
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx
	h.Set("X-Content-Type-Options", "nosniff")
	s.w.WriteHeader(http.StatusOK)
	return s, s.write("retry: 2000\n\n")
}

// write sends text at once.
func (s *stream) write(text string) error {
	// A writer without deadlines (a recorder in a test) is as good.
	_ = s.rc.SetWriteDeadline(time.Now().Add(s.stall))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.rc.Flush()
}

// beat shows that the stream lives.
func (s *stream) beat() error { return s.write(": \n\n") }

// event sends one event; its data is one line of JSON.
func (s *stream) event(name, id string, data any) error {
	line, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	return s.write(fmt.Sprintf("event: %s\n%sdata: %s\n\n", name, id, line))
}

// replace sends a part of the page if the browser does not have this version.
func (s *stream) replace(t *template.Template, name string, data any) error {
	p, err := renderPart(t, name, data)
	if err != nil {
		return err
	}
	id := partID(name, data)
	if s.sent[id] == p.Rev {
		return nil
	}
	s.sent[id] = p.Rev
	return s.event("part", "", struct {
		ID string `json:"id"`
		part
	}{id, p})
}

// lines sends log lines; their position is the event's id, from which a browser
// goes on after a break.
func (s *stream) lines(t *template.Template, v logView) error {
	p, err := renderPart(t, "session_show.lines", v)
	if err != nil {
		return err
	}
	return s.event("log", strconv.FormatInt(v.After, 10), struct {
		After int64  `json:"after"`
		HTML  string `json:"html"`
	}{v.After, p.HTML})
}

// end tells the browser not to come back: nothing more will change.
func (s *stream) end() error { return s.event("end", "", struct{}{}) }

// pause waits for a while, or less if done is closed.
func pause(done <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
}
