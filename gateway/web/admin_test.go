package web

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/health"
	"github.com/berth-hpc/berth/gateway/session"
)

// Every entry of the console is a page, and says where it is.
func TestConsoleLeadsToPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, group := range console {
		for _, e := range group.Entries {
			rec := w.get("carol", e.Path)
			if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `href="`+e.Path+`" aria-current="page"`) {
				t.Errorf("%s: %d", e.Path, rec.Code)
			}
		}
	}
}

// What is written into the audit log by others is no formula in a spreadsheet,
// and no page of it is lost.
func TestAuditCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nasty := []string{"=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "plain, with \"quotes\"\nand lines"}
	for _, text := range nasty {
		w.desk.note(admin.Entry{By: text, Action: "session.stop", Target: text, Detail: text})
	}
	for range 2 * csvRows {
		w.desk.note(admin.Entry{By: "carol", Action: "limit.set"})
	}
	rec := w.get("carol", "/admin/audit.csv")
	if got := rec.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment;") {
		t.Errorf("Content-Disposition %q", got)
	}
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || len(rows) != 1+len(nasty)+2*csvRows {
		t.Fatalf("%d rows (%v)", len(rows), err)
	}
	for _, r := range rows[1:] {
		for _, text := range r {
			if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
				t.Errorf("a cell that is a formula: %q", text)
			}
		}
	}
}

// A POST that hurts asks first, and keeps what was chosen.
func TestStopAsksFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.furnish()
	a, b := string(ids["ready"]), string(ids["queued"])
	form := url.Values{"id": {a, b, "no id", a}, "back": {"/admin/sessions?owner=alice"}}
	ask := w.post("carol", "/admin/sessions/stop", form)
	page := ask.Body.String()
	if ask.Code != http.StatusOK || !strings.Contains(page, "Stop 2 sessions?") || strings.Count(page, `name="id"`) != 4 || !strings.Contains(page, "protein-folding of alice") {
		t.Errorf("the question: %d\n%s", ask.Code, page)
	}
	form.Set("confirm", "yes")
	again := w.post("carol", "/admin/sessions/stop", form)
	if again.Code != http.StatusUnprocessableEntity || !strings.Contains(again.Body.String(), "Say why") {
		t.Errorf("without a reason: %d", again.Code)
	}
	if s, _ := w.store.Get(t.Context(), ids["ready"]); s.State != session.Ready {
		t.Errorf("it is %s before anybody was sure", s.State)
	}
	form.Set("reason", "the node is needed")
	done := w.post("carol", "/admin/sessions/stop", form)
	if to := done.Header().Get("Location"); done.Code != http.StatusSeeOther || to != "/admin/sessions?n=2&owner=alice&said=stopped" {
		t.Errorf("%d to %q", done.Code, to)
	}
	for _, id := range []session.ID{ids["ready"], ids["queued"]} {
		s, _ := w.store.Get(t.Context(), id)
		timeline, _ := w.store.Timeline(t.Context(), id)
		if s.StopReason != session.StoppedByAdmin || s.StoppedBy != "carol" || timeline[len(timeline)-1].Text != "stopped by an admin: the node is needed" {
			t.Errorf("%s: %s, %+v", s.Name, s.State, timeline[len(timeline)-1])
		}
	}
	if len(w.desk.entries) != 2 {
		t.Errorf("%d entries: %+v", len(w.desk.entries), w.desk.entries)
	}
	if foreign := w.post("carol", "/admin/sessions/stop", url.Values{"back": {"https://evil.example/"}}); strings.Contains(foreign.Header().Get("Location"), "evil") {
		t.Errorf("led to %q", foreign.Header().Get("Location"))
	}
}

// Announcements are escaped, shown while they are due, and where they matter.
func TestAnnouncements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := time.Now()
	add := func(text, queue string, from, until time.Time) {
		w.desk.notes = append(w.desk.notes, admin.Announcement{ID: string(session.NewID()), Severity: admin.Warning, Text: text, Queue: queue, From: from, Until: until})
	}
	add("<b>now</b>", "", now.Add(-time.Hour), time.Time{})
	add("over", "", now.Add(-time.Hour), now.Add(-time.Minute))
	add("later", "", now.Add(time.Hour), time.Time{})
	add("only gpu", "gpu", now.Add(-time.Hour), time.Time{})
	ids := w.furnish()
	for path, want := range map[string][]string{
		"/": {"&lt;b&gt;now&lt;/b&gt;"}, "/sessions/new": {"&lt;b&gt;now&lt;/b&gt;", "only gpu"},
		"/sessions/" + string(ids["ready"]): {"&lt;b&gt;now&lt;/b&gt;", "only gpu"}, "/sessions/" + string(ids["queued"]): {"&lt;b&gt;now&lt;/b&gt;"},
	} {
		page := w.get("alice", path).Body.String()
		for _, text := range []string{"&lt;b&gt;now&lt;/b&gt;", "only gpu", ">over<", ">later<", "<b>now"} {
			if got := strings.Contains(page, text); got != slices.Contains(want, text) {
				t.Errorf("%s: %q is there: %t", path, text, got)
			}
		}
	}
	if page := w.get("", "/login").Body.String(); strings.Contains(page, "now") && strings.Contains(page, "class=\"note") {
		t.Error("told to people who are not signed in")
	}
}

// The first page shows the worst of what the health page finds.
func TestFindingsOnTheFirstPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	no := false
	w.desk.facts = health.Facts{
		Now: time.Now(), Secure: &no, Led: &no, Orphans: 2, Missing: 1, Disconnected: 1,
		Clusters: []health.Cluster{{Name: "nova", Answered: time.Now(), DownSince: time.Now().Add(-time.Minute), Err: "<script>"}},
	}
	first, all := w.get("carol", "/admin").Body.String(), w.get("carol", "/admin/health").Body.String()
	if strings.Count(first, "what to do") != mostFindings || !strings.Contains(first, "and 3 more findings") || !strings.Contains(first, "B-006") {
		t.Errorf("the first page:\n%s", first)
	}
	if strings.Count(all, `class="finding-code`) != 6 || strings.Contains(all, "<script>.") {
		t.Errorf("the health page:\n%s", all)
	}
}

// A place in a list that makes no sense is the list's beginning.
func FuzzMark(f *testing.F) {
	for _, text := range []string{"", "1700000000000000.aaaaaaaaaaaaaaaa", "x.y", "-1.aaaaaaaaaaaaaaaa", "9223372036854775807.aaaaaaaaaaaaaaaa"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := markOf(text)
		if m.ID == "" {
			return
		}
		if again := markOf(markText(m)); !again.At.Equal(m.At) || again.ID != m.ID || m.At.Year() > 2200 {
			t.Errorf("%q is %+v and then %+v", text, m, again)
		}
	})
}

// "you" in a timeline is whoever reads it.
func TestTimelineOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := string(w.furnish()["ready"])
	const you, alice = `<span class="event-source">you</span>`, `<span class="event-source">alice</span>`
	if page := w.get("alice", "/sessions/"+id).Body.String(); !strings.Contains(page, you) || strings.Contains(page, alice) {
		t.Error("alice is not you on her own page")
	}
	if page := w.get("carol", "/admin/sessions/"+id).Body.String(); !strings.Contains(page, alice) || strings.Contains(page, you) {
		t.Error("carol is told that she did what alice did")
	}
}

// A slip of the pen in a limit would stop everybody, or nobody.
func TestLimitValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func(field, value string) *httptest.ResponseRecorder {
		return w.post("carol", "/admin/limits", url.Values{"field": {field}, "kind": {"everyone"}, "scope": {"/"}, "value": {value}})
	}
	for _, c := range []struct{ field, value, want string }{
		{"apps", "lab, labb", "There is no app &#34;labb&#34;; there is: "},
		{"gpus", "many", "GPUs at once is a whole number, not &#34;many&#34;."},
	} {
		rec := post(c.field, c.value)
		if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), c.want) {
			t.Errorf("%s %s: %d, want %q", c.field, c.value, rec.Code, c.want)
		}
	}
	if rec := post("apps", "lab"); rec.Code != http.StatusSeeOther {
		t.Errorf("an app that is there: %d", rec.Code)
	}
}

// Admins write times as their site's clocks show them, in winter and in summer.
func TestFormsTakeTheSitesTime(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here:", err)
	}
	w := newWorld(t, func(o *session.Options, _ *Config) { o.Zone = zone })
	if page := w.get("carol", "/admin/announcements").Body.String(); !strings.Contains(page, "Until (Europe/Berlin)") {
		t.Error("the form does not name the zone")
	}
	for text, want := range map[string]string{"2026-12-24T18:00": "2026-12-24T17:00:00Z", "2027-07-01T18:00": "2027-07-01T16:00:00Z"} {
		faults := map[string]string{}
		got := w.web.timeField(url.Values{"until": {text}}, "until", faults)
		if len(faults) > 0 || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s became %v, %v", text, got.UTC(), faults)
		}
	}
	bar := newFilter(adminAudit, url.Values{"from": {"2026-12-24"}, "to": {"2026-12-24"}}, w.web.auditFields()...)
	if f := w.web.auditFilter(bar); f.Since.UTC().Format(time.RFC3339) != "2026-12-23T23:00:00Z" || f.Until.Sub(f.Since) != 24*time.Hour {
		t.Errorf("a day is %v to %v", f.Since, f.Until)
	}
}
