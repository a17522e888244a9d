package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestNobodySeesAnothersSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.furnish()["ready"]
	for _, path := range []string{"/sessions/" + string(id), "/sessions/" + string(id) + "/live", "/sessions/..", "/sessions/UPPER"} {
		if rec := w.get("bob", path); rec.Code != http.StatusNotFound || strings.Contains(rec.Body.String(), "protein") {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if rec := w.post("bob", "/sessions/"+string(id)+"/stop", nil); rec.Code != http.StatusNotFound {
		t.Errorf("stop: %d", rec.Code)
	}
	if s, _ := w.store.Get(t.Context(), id); s.State != session.Ready {
		t.Errorf("it is %s", s.State)
	}
	if body := w.get("bob", "/").Body.String(); strings.Contains(body, "protein") {
		t.Error("somebody else's session is listed")
	}
	if rec := w.get("", "/"); rec.Code != http.StatusSeeOther {
		t.Errorf("nobody: %d", rec.Code)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.furnish()["ready"]
	path := "/sessions/" + string(id) + "/stop"
	if rec := w.get("alice", path); rec.Code == http.StatusSeeOther {
		t.Error("a GET stopped it")
	}
	for range 2 { // twice is as good as once
		rec := w.post("alice", path, nil)
		if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/sessions/"+string(id) {
			t.Errorf("%d %v", rec.Code, rec.Header())
		}
	}
	s, err := w.store.Get(t.Context(), id)
	if err != nil || s.State != session.Stopping || s.StopReason != session.StoppedByOwner || s.StoppedBy != "alice" {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestHostileText: everything that others have written arrives as text.
func TestHostileText(t *testing.T) {
	t.Parallel()
	const evil = "<script>alert(1)</script>\x1b[31m\u202e\"' onload=alert(1)"
	code := 1
	w := newWorld(t, func(o *session.Options, c *Config) {
		o.Apps = append(o.Apps, session.App{ID: "evil", Name: evil, Description: evil, Icon: evil, OpenPath: "?q=" + evil})
		c.Site = Site{Name: evil, Contact: "javascript:alert(1)"}
	})
	queues := w.sched
	queues.SetQueues(batch.Queue{Name: evil, State: evil, Up: true, GPUs: []batch.GPU{{Type: evil, Total: 2, Free: 1}}, AllowGroups: []string{evil}},
		batch.Queue{Name: "down" + evil, State: evil})
	if err := w.board.Refresh(t.Context(), "nova"); err != nil {
		t.Fatal(err)
	}
	base := session.Session{
		Owner: "eve", App: "evil", Queue: evil, Account: evil, QOS: evil, JobID: evil, JobNative: evil, JobReason: evil, Node: evil,
		JobState: batch.Pending, Resources: batch.Resources{GPUs: 1, GPUType: evil}, TimeLimit: batch.Duration(time.Hour),
		CreatedAt: time.Now(), QueuedAt: time.Now(),
	}
	ev := session.Evidence{At: time.Now(), Source: evil, Event: evil, From: session.Requested, To: session.Queued, By: evil, Text: evil}
	var paths []string
	for i, state := range session.States() {
		s := base
		s.State, s.Name = state, "n"+string(rune('a'+i))+evil
		if state == session.Ended {
			s.Reason, s.Detail, s.EndedAt, s.ExitCode = evil, evil, time.Now(), &code
		}
		s = w.put(s, ev)
		w.print(s.ID, evil, "</div></main>"+evil)
		paths = append(paths, "/sessions/"+string(s.ID))
	}
	paths = append(paths, "/", "/sessions/new", "/sessions/new?"+url.Values{"app": {evil}, "queue": {evil}, "name": {evil}, "account": {evil}}.Encode())
	for _, path := range paths {
		rec := w.get("eve", path)
		body := rec.Body.String()
		if rec.Code != http.StatusOK || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s: %d, or the text is not there", path, rec.Code)
		}
		for _, bad := range []string{"<script>alert", "<b>Eve", `href="javascript`} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %q is in the page", path, bad)
			}
		}
		if text := textOf(t, body); strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%s: control characters are in the text", path)
		}
		for _, f := range faultsOf(t, body) {
			t.Errorf("%s: %s", path, f)
		}
	}
}

// textOf is what a page shows.
func textOf(t *testing.T, page string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

// TestEveryStateHasWords renders every state with every reason, with as little
// known as there can be.
func TestEveryStateHasWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, state := range session.States() {
		for _, reason := range append(session.EndReasons(), "") {
			if (state == session.Ended) != (reason != "") {
				continue
			}
			s := w.put(session.Session{Name: "s" + strings.ToLower(string(state)), State: state, Reason: reason})
			rec := w.get("alice", "/sessions/"+string(s.ID))
			body := rec.Body.String()
			if rec.Code != http.StatusOK || !strings.Contains(body, `data-state="`+string(state)+`"`) {
				t.Errorf("%s %s: %d", state, reason, rec.Code)
			}
			if reason != "" && !strings.Contains(body, reason.Text()) {
				t.Errorf("%s is not explained", reason)
			}
			for _, f := range faultsOf(t, body) {
				t.Errorf("%s %s: %s", state, reason, f)
			}
		}
	}
}

func TestWhatEachStateOffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.furnish()
	for kind, c := range map[string]struct{ has, lacks []string }{
		"ready": {
			has:   []string{`href="/user/alice/protein-folding/lab"`, "JupyterLab runs on n017", "4815162", "2 × a100", "128 GB", "/stop", "No web browser found", "100% 2.1 GB"},
			lacks: []string{"Relaunch", "\x1b", "12%"},
		},
		"queued":     {has: []string{"Other jobs are ahead", "Priority", "It might start at", "estimate", "/stop"}, lacks: []string{`id="open"`, "Relaunch"}},
		"never":      {has: []string{"cannot start as it was asked for", "PartitionTimeLimit"}, lacks: []string{"It might start"}},
		"starting":   {has: []string{"The app is starting", "c003", "/stop"}, lacks: []string{`id="open"`}},
		"lost-agent": {has: []string{"Not connected since", "It is reconnected", `id="open"`}},
		"oom":        {has: []string{"more memory", "It had 8 GB", "signal 9", "Relaunch", "MemoryError"}, lacks: []string{"/stop", `id="open"`}},
		"refused":    {has: []string{"Invalid account or account/partition", "Change what it asks for"}},
		"failed":     {has: []string{"exit code 1"}},
	} {
		body := w.get("alice", "/sessions/"+string(ids[kind])).Body.String()
		for _, want := range c.has {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %q is missing", kind, want)
			}
		}
		for _, bad := range c.lacks {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %q is there", kind, bad)
			}
		}
	}
	auto := func(path string) bool { return strings.Contains(w.get("alice", path).Body.String(), "auto-open") }
	if auto("/sessions/"+string(ids["queued"])) || !auto("/sessions/"+string(ids["queued"])+"?open=1") || auto("/sessions/"+string(ids["oom"])+"?open=1") {
		t.Error("the page offers to open by itself at the wrong times")
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if body := w.get("bob", "/").Body.String(); !strings.Contains(body, "Nothing is running") || !strings.Contains(body, "<strong>8</strong> of 8 a100 free") {
		t.Error("the empty list does not invite")
	}
	w.furnish()
	body := w.get("alice", "/").Body.String()
	live, ended, ok := strings.Cut(body, "Ended</h2>")
	if !ok {
		t.Fatal(body)
	}
	for _, want := range []string{"protein-folding", "llm-finetune", `href="/user/alice/protein-folding/lab"`, "Other jobs are ahead", "2 × a100"} {
		if !strings.Contains(live, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, want := range []string{"dataset-prep", "using more memory", "It reached its time limit", "ran 52 min", "/sessions/new?"} {
		if !strings.Contains(ended, want) {
			t.Errorf("%q is missing among what ended", want)
		}
	}
	if rec := w.get("alice", "/sessions"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	w.store.Fail(session.ErrStore)
	if rec := w.get("alice", "/"); rec.Code != http.StatusInternalServerError {
		t.Errorf("without a database: %d", rec.Code)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	now := time.Now()
	at := func(states ...bool) session.Session {
		s := session.Session{CreatedAt: now}
		for i, set := range []*time.Time{&s.QueuedAt, &s.StartedAt, &s.ReadyAt} {
			if i < len(states) && states[i] {
				*set = now
			}
		}
		return s
	}
	for name, c := range map[string]struct {
		s     session.Session
		state session.State
		want  string
	}{
		"requested":          {at(), session.Requested, "now todo todo todo"},
		"queued":             {at(true), session.Queued, "done now todo todo"},
		"starting":           {at(true, true), session.Starting, "done done now todo"},
		"ready":              {at(true, true, true), session.Ready, "done done done done"},
		"requeued":           {at(true), session.Queued, "done now todo todo"},
		"stopped in queue":   {at(true), session.Stopping, "done last skipped skipped"},
		"ended after ready":  {at(true, true, true), session.Ended, "done done done last"},
		"refused":            {at(), session.Ended, "last skipped skipped skipped"},
		"claimed before row": {at(false, true), session.Starting, "done done now todo"},
	} {
		c.s.State = c.state
		var got []string
		for _, s := range steps(c.s, now) {
			got = append(got, s.Status)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
	}
}

func TestTimeLeft(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := session.Session{StartedAt: now.Add(-45 * time.Minute), TimeLimit: batch.Duration(time.Hour)}
	for after, want := range map[time.Duration]struct {
		percent int
		tone    string
	}{-15 * time.Minute: {50, "good"}, time.Minute: {23, "warn"}, 11 * time.Minute: {6, "bad"}, time.Hour: {0, "bad"}} {
		if v := leftOf(s, now.Add(after)); v.Percent != want.percent || v.Tone != want.tone {
			t.Errorf("%v: %d %s", after, v.Percent, v.Tone)
		}
	}
	if leftOf(session.Session{StartedAt: now}, now) != nil {
		t.Error("there is a bar without a limit")
	}
}
