package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/session"
)

// event is one event of a stream.
type event struct {
	name, id string
	Part     string `json:"id"`
	HTML     string `json:"html"`
	After    int64  `json:"after"`
}

// listen opens a stream over a real connection. The channel closes with it.
func (w *world) listen(as, path, last string) (<-chan event, *http.Response) {
	w.tb.Helper()
	server := httptest.NewServer(w.http)
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
	if err != nil {
		w.tb.Fatal(err)
	}
	r.Header.Set("X-As", as)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		w.tb.Fatal(err)
	}
	events := make(chan event, 100)
	go read(answer, events)
	w.tb.Cleanup(func() {
		cancel()
		_ = answer.Body.Close()
		server.Close() // waits for the handler
	})
	return events, answer
}

func read(answer *http.Response, events chan<- event) {
	defer close(events)
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	var e event
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		switch key {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				e.HTML = "not JSON: " + value
			}
		case "":
			if lines.Text() == "" && e.name != "" {
				events <- e
				e = event{}
			}
		}
	}
}

// until reads events until one holds; it returns what came before, too.
func until(t *testing.T, events <-chan event, what string, holds func(event) bool) []event {
	t.Helper()
	var seen []event
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("the stream ended before %s; it sent %d events", what, len(seen))
			}
			if seen = append(seen, e); holds(e) {
				return seen
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no %s", what)
		}
	}
}

func hasPart(name, text string) func(event) bool {
	return func(e event) bool { return e.name == "part" && e.Part == name && strings.Contains(e.HTML, text) }
}

func (w *world) move(id session.ID, change func(*session.Session)) {
	w.tb.Helper()
	s, err := w.store.Get(w.tb.Context(), id)
	if err != nil {
		w.tb.Fatal(err)
	}
	from := s.State
	change(&s)
	ev := session.Evidence{At: time.Now(), Source: session.FromAgent, Event: session.EvReady, From: from, To: s.State, Text: "it moved"}
	if _, err := w.store.Change(w.tb.Context(), s, ev); err != nil {
		w.tb.Fatal(err)
	}
}

func TestSessionStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.put(session.Session{Name: "x", State: session.Queued, CreatedAt: time.Now(), QueuedAt: time.Now(), JobReason: "Priority", JobState: batch.Pending})
	w.print(s.ID, "zero")
	events, answer := w.listen("alice", "/sessions/"+string(s.ID)+"/live?after=1", "")
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "X-Accel-Buffering": "no", "Cache-Control": "no-store, no-transform"} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	until(t, events, "the state at first", hasPart("session_show.head", "Other jobs are ahead"))

	w.move(s.ID, func(s *session.Session) { s.State, s.Node, s.StartedAt = session.Starting, "n1", time.Now() })
	until(t, events, "Starting", hasPart("session_show.head", `data-state="Starting"`))
	w.print(s.ID, "one", "<script>two</script>")
	lines := until(t, events, "log lines", func(e event) bool { return e.name == "log" && e.After == 3 })
	if last := lines[len(lines)-1]; last.id != "3" || strings.Contains(last.HTML, "<script>") || !strings.Contains(last.HTML, "&lt;script&gt;two") || strings.Contains(last.HTML, "zero") {
		t.Errorf("%+v", last)
	}
	w.move(s.ID, func(s *session.Session) { s.State, s.ReadyAt = session.Ready, time.Now() })
	ready := until(t, events, "Ready", hasPart("session_show.head", `data-open="/user/alice/x/lab"`))
	for _, e := range ready {
		if e.name == "log" {
			t.Errorf("lines came twice: %+v", e)
		}
	}
	w.move(s.ID, func(s *session.Session) {
		s.State, s.Reason, s.EndedAt = session.Ended, session.Finished, time.Now()
	})
	until(t, events, "the end", hasPart("session_show.head", "The app ended by itself"))
	w.print(s.ID, "last words")
	until(t, events, "last words", func(e event) bool { return e.name == "log" && strings.Contains(e.HTML, "last words") })
	until(t, events, "goodbye", func(e event) bool { return e.name == "end" })
	if _, open := <-events; open {
		t.Error("the stream goes on after its end")
	}
}

// TestStreamSendsWhatThePageShows: a part of the page and the same part of the
// stream are the same text with the same revision, so that a page is not redrawn
// by connecting.
func TestStreamSendsWhatThePageShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.furnish()["oom"]
	page := w.get("alice", "/sessions/"+string(id)).Body.String()
	events, _ := w.listen("alice", "/sessions/"+string(id)+"/live", "")
	for _, name := range []string{"session_show.head", "session_show.side", "session_show.timeline"} {
		got := until(t, events, name, hasPart(name, ""))
		if e := got[len(got)-1]; !strings.Contains(page, e.HTML) || !strings.Contains(page, `data-live="`+name+`"`) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestStreamGoesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.put(session.Session{Name: "x", State: session.Ready})
	w.print(s.ID, "one", "two", "three")
	events, _ := w.listen("alice", "/sessions/"+string(s.ID)+"/live?after=0", "2")
	got := until(t, events, "lines", func(e event) bool { return e.name == "log" })
	if last := got[len(got)-1]; strings.Contains(last.HTML, "two") || !strings.Contains(last.HTML, "three") {
		t.Errorf("%+v", last)
	}
}

func TestLogSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.put(session.Session{Name: "x", State: session.Ready})
	many := make([]string, logLines+5)
	for i := range many {
		many[i] = "line"
	}
	w.print(s.ID, many...)
	body := w.get("alice", "/sessions/"+string(s.ID)).Body.String()
	if n := strings.Count(body, `class="log-line`); n != logLines || !strings.Contains(body, "earlier lines are left out") {
		t.Errorf("%d lines", n)
	}
}

// TestStreamOutlivesAFailingDatabase: the page keeps what it shows.
func TestStreamOutlivesAFailingDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.put(session.Session{Name: "x", State: session.Queued})
	events, _ := w.listen("alice", "/sessions/"+string(s.ID)+"/live", "")
	until(t, events, "the first state", hasPart("session_show.timeline", ""))
	w.store.Fail(session.ErrStore)
	w.hub.PublishAll()
	w.store.Fail(nil)
	w.move(s.ID, func(s *session.Session) { s.State = session.Starting })
	until(t, events, "Starting", hasPart("session_show.head", `data-state="Starting"`))
}

func TestListStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.put(session.Session{Name: "first", State: session.Queued})
	theirs := w.put(session.Session{Name: "theirs", Owner: "bob", State: session.Queued})
	events, _ := w.listen("alice", "/sessions/live", "")
	until(t, events, "the list", hasPart("session_list.live", "first"))
	w.move(s.ID, func(s *session.Session) { s.State = session.Ready })
	until(t, events, "Ready", hasPart("session_list.live", "/user/alice/first/lab"))
	w.move(theirs.ID, func(s *session.Session) { s.State = session.Ready })
	w.put(session.Session{Name: "second", State: session.Queued}) // launched elsewhere
	seen := until(t, events, "a new session", hasPart("session_list.live", "second"))
	w.move(s.ID, func(s *session.Session) {
		s.State, s.Reason, s.EndedAt = session.Ended, session.StoppedByOwner, time.Now()
	})
	seen = append(seen, until(t, events, "the end", hasPart("session_list.live", "You stopped it"))...)
	for _, e := range seen {
		if strings.Contains(e.HTML, "theirs") {
			t.Error("somebody else's session is in the stream")
		}
	}
}

func TestFormStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.get("alice", "/sessions/new").Body.String()
	events, _ := w.listen("alice", "/sessions/new/live", "")
	first := until(t, events, "the GPUs", func(e event) bool { return strings.Contains(e.HTML, "<strong>8</strong> of 8 free") })
	which := first[len(first)-1].Part
	if !strings.Contains(page, `data-live="`+which+`"`) {
		t.Errorf("the page has no part %q", which)
	}
	queues := batchtest.DemoQueues()
	queues[1].GPUs[0].Free = 3
	w.sched.SetQueues(queues...)
	if err := w.board.Refresh(t.Context(), "nova"); err != nil {
		t.Fatal(err)
	}
	until(t, events, "fewer GPUs", hasPart(which, "<strong>3</strong> of 8 free"))
	w.sched.SetUnavailable(true)
	if w.board.Refresh(t.Context(), "nova") == nil {
		t.Fatal("the scheduler answers")
	}
	until(t, events, "the notice", hasPart("session_new.notices", "The scheduler does not answer"))
}

func TestTooManyStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range mostStreams {
		if !w.web.crowd.enter("alice") {
			t.Fatal("refused too early")
		}
	}
	if rec := w.get("alice", "/sessions/new/live"); rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	if !w.web.crowd.enter("bob") {
		t.Error("one person's pages are another's burden")
	}
	for range mostStreams {
		w.web.crowd.leave("alice")
	}
	w.web.crowd.leave("bob")
	if len(w.web.crowd.open) != 0 {
		t.Errorf("%v", w.web.crowd.open)
	}
}
