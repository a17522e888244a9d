package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/api"
)

// Watch is told what happens to a session. Either may be nil.
type Watch struct {
	// Session is called at first and at every change; false ends the watch.
	Session func(api.Session) bool
	// Line is called for every line of the log after After.
	Line  func(api.LogLine)
	After int64
}

// retry is how long a broken stream is let be.
const retry = time.Second

// Follow watches a session until it has ended, the watch has seen enough, or ctx
// ends. Breaks of the connection are bridged.
func (c *Client) Follow(ctx context.Context, s api.Session, w Watch) error {
	path := api.Base + "/sessions/" + url.PathEscape(string(s.ID)) + "/events"
	for failures := 0; ; {
		header := http.Header{"Accept": {"text/event-stream"}, "Last-Event-Id": {strconv.FormatInt(w.After, 10)}}
		answer, err := c.do(ctx, http.MethodGet, path, nil, header)
		var refusal *Problem
		switch {
		case errors.As(err, &refusal) && refusal.Status < 500 && refusal.Status != http.StatusTooManyRequests:
			return err
		case err == nil:
			failures = 0
			done := w.read(bufio.NewScanner(answer.Body))
			_ = answer.Body.Close()
			if done {
				return nil
			}
		default:
			if failures++; failures > 60 {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retry):
		}
	}
}

// read hands on the events of one stream, and reports whether nothing more is to
// come.
func (w *Watch) read(lines *bufio.Scanner) (done bool) {
	lines.Buffer(nil, 1<<20)
	var event, data string
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, ":") {
			continue // a sign of life
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			event = value
		case "data":
			data += value
		case "": // the event's end
			if event != "" && w.hand(event, []byte(data)) {
				return true
			}
			event, data = "", ""
		}
	}
	return false
}

func (w *Watch) hand(event string, data []byte) (done bool) {
	switch event {
	case "state":
		var s api.Session
		if json.Unmarshal(data, &s) == nil && w.Session != nil {
			return !w.Session(s)
		}
	case "log":
		var l api.LogLine
		if json.Unmarshal(data, &l) == nil {
			w.After = max(w.After, l.Seq)
			if w.Line != nil {
				w.Line(l)
			}
		}
	case "end":
		return true
	}
	return false
}
