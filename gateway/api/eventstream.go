package api

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// writeTimeout is how long one write to an event stream may take. It renews the
// server's own deadline, which is meant for short answers, and is longer than
// the time between heartbeats.
const writeTimeout = time.Minute

// eventStream writes Server-Sent Events, as "9.2 Server-sent events" of the HTML
// standard has them.
type eventStream struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	buf bytes.Buffer
}

// startEvents sends the header and tells the client how soon to come back.
func startEvents(w http.ResponseWriter) (*eventStream, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back otherwise
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	s := &eventStream{w: w, rc: http.NewResponseController(w)}
	s.buf.WriteString("retry: 2000\n\n")
	return s, s.flush()
}

// event adds an event; seq 0 gives it no id. The data has no line breaks, as
// json.Marshal makes it.
func (s *eventStream) event(name string, seq int64, data []byte) {
	if seq > 0 {
		s.buf.WriteString("id: " + strconv.FormatInt(seq, 10) + "\n")
	}
	s.buf.WriteString("event: " + name + "\ndata: ")
	s.buf.Write(data)
	s.buf.WriteString("\n\n")
}

// beat adds a comment, which clients ignore: it shows that the stream lives, and
// finds out whether anybody is still there.
func (s *eventStream) beat() { s.buf.WriteString(":\n\n") }

// flush sends what was added.
func (s *eventStream) flush() error {
	if s.buf.Len() == 0 {
		return nil
	}
	err := s.rc.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write(s.buf.Bytes()); err != nil {
		return err
	}
	s.buf.Reset()
	return s.rc.Flush()
}
