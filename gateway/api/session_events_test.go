package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/session"
)

// event is one event of a stream, as the HTML standard reads it.
type event struct{ id, name, data string }

// stream is an open event stream over a real connection.
type stream struct {
	t     *testing.T
	site  *site
	resp  *http.Response
	lines *bufio.Scanner
}

// open asks for a session's events.
func (s *site) open(t *testing.T, user string, id session.ID, query string, headers ...string) *stream {
	t.Helper()
	server := httptest.NewServer(s.engine)
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+api.Base+"/sessions/"+string(id)+"/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Test-Caller", user)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = resp.Body.Close()
		server.Close()
	})
	return &stream{t: t, site: s, resp: resp, lines: bufio.NewScanner(resp.Body)}
}

// next reads one event; false at the end of the stream. Its data fits the
// document.
func (st *stream) next() (event, bool) {
	st.t.Helper()
	var e event
	for st.lines.Scan() {
		field, value, _ := strings.Cut(st.lines.Text(), ": ")
		switch field {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data += value
		case "":
			if e.name == "" { // a comment, or retry
				continue
			}
			path := []string{"paths", api.Base + "/sessions/{id}/events", "get", "responses", "200", "content", "text/event-stream", "x-events"}
			schema := at(st.site.doc.root, append(path, e.name)...)
			if schema == nil {
				st.t.Fatalf("the document does not know the event %q", e.name)
			}
			for _, fault := range st.site.doc.validate(st.t, schema, decode[any](st.t, []byte(e.data)), e.name) {
				st.t.Error(fault)
			}
			return e, true
		}
	}
	return e, false
}

// wantState reads events until one is of the state; others but states fail.
func (st *stream) wantState(want session.State) {
	st.t.Helper()
	e, ok := st.next()
	if !ok || e.name != "state" || e.id != "" {
		st.t.Fatalf("%+v, want the state %s", e, want)
	}
	if got := decode[api.Session](st.t, []byte(e.data)); got.State != want {
		st.t.Fatalf("state %s, want %s", got.State, want)
	}
}

func (st *stream) wantLine(seq int64, text string) {
	st.t.Helper()
	e, ok := st.next()
	var line api.LogLine
	if !ok || e.name != "log" || json.Unmarshal([]byte(e.data), &line) != nil {
		st.t.Fatalf("%+v, want line %d", e, seq)
	}
	if line.Seq != seq || line.Text != text || e.id != strconv.FormatInt(seq, 10) {
		st.t.Fatalf("%+v with id %q, want %d %q", line, e.id, seq, text)
	}
}

func (st *stream) wantEnd(reason session.EndReason) {
	st.t.Helper()
	e, ok := st.next()
	if !ok || e.name != "end" {
		st.t.Fatalf("%+v, want the end", e)
	}
	if got := decode[api.SessionEnd](st.t, []byte(e.data)); got.Reason != reason || got.ReasonText != reason.Text() {
		st.t.Fatalf("%+v, want %s", got, reason)
	}
	if e, ok := st.next(); ok {
		st.t.Fatalf("%+v after the end", e)
	}
}

func TestEventsTellALife(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.launch("alice", `{}`).ID
	s.print(id, "one", "two")
	st := s.open(t, "alice", id, "")
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
	} {
		if got := st.resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	st.wantState(session.Queued)
	st.wantLine(1, "one")
	st.wantLine(2, "two")
	s.edit(id, func(row *session.Session) { row.State = session.Starting })
	st.wantState(session.Starting)
	s.print(id, "three\ndata: forged\n\nevent: end")
	st.wantLine(3, "three\ndata: forged\n\nevent: end")
	s.hub.PublishAll() // nothing has changed, so nothing is sent
	s.edit(id, func(row *session.Session) { row.State, row.AgentSince = session.Ready, noon })
	st.wantState(session.Ready)
	s.print(id, "last words")
	st.wantLine(4, "last words")
	s.edit(id, func(row *session.Session) { row.State, row.Reason, row.EndedAt = session.Ended, session.Finished, noon })
	st.wantState(session.Ended)
	st.wantEnd(session.Finished)
}

func TestEventsResume(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.launch("alice", `{}`).ID
	s.print(id, "one", "two", "three")
	s.edit(id, func(row *session.Session) { row.State, row.Reason, row.EndedAt = session.Ended, session.Failed, noon })
	for _, c := range []struct {
		query, last string
		from        int64
	}{
		{"", "", 1},
		{"", "1", 2},
		{"?after=2", "", 3},
		{"?after=1", "2", 3},
		{"", "3", 4},
		{"", "99", 4},
		{"", "nonsense", 1},
		{"", "-1", 1},
	} {
		st := s.open(t, "alice", id, c.query, "Last-Event-ID", c.last)
		st.wantState(session.Ended)
		for seq := c.from; seq <= 3; seq++ {
			st.wantLine(seq, []string{"one", "two", "three"}[seq-1])
		}
		st.wantEnd(session.Failed)
	}
	s.get("alice", "/sessions/"+string(id)+"/events?after=x").want(t, http.StatusUnprocessableEntity)
}

func TestEventsFailBeforeTheyBegin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.launch("alice", `{}`).ID
	s.store.Fail(session.ErrStore)
	s.get("alice", "/sessions/"+string(id)+"/events").want(t, http.StatusServiceUnavailable)
	s.get("", "/sessions/"+string(id)+"/events").want(t, http.StatusUnauthorized)
}

func TestEventStreamsAreCounted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.launch("alice", `{}`).ID
	theirs := s.launch("bob", `{}`).ID
	var open []*stream
	for range api.MaxStreams {
		open = append(open, s.open(t, "alice", id, ""))
	}
	s.get("alice", "/sessions/"+string(id)+"/events").want(t, http.StatusTooManyRequests)
	s.open(t, "bob", theirs, "").wantState(session.Queued)
	s.edit(id, func(row *session.Session) { row.State, row.Reason, row.EndedAt = session.Ended, session.Failed, noon })
	for _, st := range open {
		st.wantState(session.Queued)
		st.wantState(session.Ended)
		st.wantEnd(session.Failed)
	}
	s.get("alice", "/sessions/"+string(id)+"/events").want(t, http.StatusOK) // all of them were counted off
}
