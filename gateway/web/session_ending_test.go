package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/berth-hpc/berth/gateway/session"
)

// TestAHintFillsTheForm: the link asks for what the session had, but for what is
// to be changed, and starts nothing.
func TestAHintFillsTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.furnish()["oom"]
	link := ""
	doc, err := html.Parse(strings.NewReader(w.get("alice", "/sessions/"+string(id)).Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Data == "Launch it with 16 GB of memory" {
			link = attr(n.Parent, "href")
		}
	}
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("memory") != "16G" || u.Query().Get("cpus") != "4" || u.Query().Get("queue") != "gpu" {
		t.Fatalf("%q, %v", link, err)
	}
	rec := w.get("alice", link)
	if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `name="memory" autocomplete="off" placeholder="the partition’s default" value="16G"`) {
		t.Errorf("%d: the form does not have it", rec.Code)
	}
}

// TestAnAdminIsNotToldWhatALogSays without a permission.
func TestAnAdminIsNotToldWhatALogSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.furnish()["failed"]
	w.print(id, "ModuleNotFoundError: No module named 'secret_project'")
	if body := w.get("alice", "/sessions/"+string(id)).Body.String(); !strings.Contains(body, "A Python module is missing (secret_project)") {
		t.Error("the owner is not told")
	}
	rec := w.get("carol", "/admin/sessions/"+string(id))
	if rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "secret_project") {
		t.Errorf("%d, or the admin is told", rec.Code)
	}
	if s, _ := w.store.Get(t.Context(), id); s.Reason != session.Failed {
		t.Error(s.Reason)
	}
}
