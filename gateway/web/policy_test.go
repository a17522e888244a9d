package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// everyPage is the path of every kind of page, for somebody who has everything.
func everyPage(w *world) map[string]string {
	pages := map[string]string{
		"list": "/", "form": "/sessions/new", "form filled": "/sessions/new?queue=gpu&gpus=2&account=x", "tokens": "/tokens",
		"missing": "/sessions/aaaaaaaaaaaaaaaa",
	}
	for kind, id := range w.furnish() {
		pages[kind] = "/sessions/" + string(id)
		pages[kind+" waited for"] = "/sessions/" + string(id) + "?open=1"
	}
	return pages
}

// TestPagesKeepThePolicy renders every page and looks for what the content
// security policy would block and for what people with a screen reader miss.
func TestPagesKeepThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pages := everyPage(w)
	check := func(name, as, path string) {
		rec := w.get(as, path)
		if got := rec.Header().Get("Content-Security-Policy"); got != ContentSecurityPolicy {
			t.Errorf("%s: policy %q", name, got)
		}
		if got := rec.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		for _, fault := range faultsOf(t, rec.Body.String()) {
			t.Errorf("%s: %s", name, fault)
		}
	}
	for name, path := range pages {
		check(name, "alice", path)
	}
	check("empty list", "bob", "/")
	check("sign in", "", "/login?next=/tokens")
	w.sched.SetUnavailable(true)
	if w.board.Refresh(t.Context(), "nova") == nil {
		t.Fatal("the scheduler answers")
	}
	check("list without scheduler", "alice", "/")
	check("form without scheduler", "alice", "/sessions/new")
}

// TestAdminPagesKeepThePolicy is the same for every page of the console.
func TestAdminPagesKeepThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := string(w.furnish()["ready"])
	paths := []string{"/admin/sessions?state=all&q=a"}
	for _, group := range console {
		for _, e := range group.Entries {
			paths = append(paths, e.Path)
		}
	}
	for _, path := range append(paths, adminPlaces(id)...) {
		rec := w.get("carol", path)
		if rec.Code != http.StatusOK || rec.Header().Get("Content-Security-Policy") != ContentSecurityPolicy {
			t.Errorf("%s: %d, policy %q", path, rec.Code, rec.Header().Get("Content-Security-Policy"))
		}
		for _, fault := range faultsOf(t, rec.Body.String()) {
			t.Errorf("%s: %s", path, fault)
		}
	}
	ask := w.post("carol", "/admin/sessions/stop", url.Values{"id": {id}, "back": {"/admin/sessions"}})
	for _, fault := range faultsOf(t, ask.Body.String()) {
		t.Errorf("the question: %s", fault)
	}
}

// adminPlaces are pages for admins that are no entry of the console.
func adminPlaces(id string) []string {
	return []string{"/admin/sessions/" + id, "/admin/users/alice", "/admin/groups", "/admin/jobs/purge", "/admin/limits/new", "/admin/limits/try?user=alice", "/admin/maintenance?past=1", "/admin/audit?by=carol&from=2026-01-01"}
}

func faultsOf(t *testing.T, page string) (faults []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	ids, labels, headings := map[string]bool{}, map[string]bool{}, 0
	var controls []*html.Node
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				fault("<%s> has %s=%q", n.Data, a.Key, a.Val)
			case slices.Contains([]string{"src", "href", "action", "data-stream"}, a.Key):
				if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "mailto:") || strings.HasPrefix(a.Val, "//") {
					fault("<%s> leads to %q", n.Data, a.Val)
				}
			case a.Key == "id":
				if ids[a.Val] {
					fault("id %q occurs twice", a.Val)
				}
				ids[a.Val] = true
			case a.Key == "for":
				labels[a.Val] = true
			}
		}
		switch n.Data {
		case "style", "iframe", "object", "base":
			fault("there is a <%s>", n.Data)
		case "script":
			if attr(n, "src") == "" || n.FirstChild != nil {
				fault("a script is inline")
			}
		case "h1":
			headings++
		case "input", "select":
			if attr(n, "type") != "hidden" {
				controls = append(controls, n)
			}
		}
	}
	if headings != 1 {
		fault("%d main headings", headings)
	}
	for _, c := range controls {
		inside := false
		for p := c.Parent; p != nil; p = p.Parent {
			inside = inside || p.Data == "label"
		}
		if !inside && !labels[attr(c, "id")] {
			fault("the control %q has no label", attr(c, "name"))
		}
	}
	return faults
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestFaultsAreFound: the check above can fail.
func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	bad := `<p id=a style="x"><i id=a onclick="x"></i><script>x</script><img src="https://elsewhere.example/x"><a href="//elsewhere.example">x</a><input name=q>`
	if got := faultsOf(t, bad); len(got) != 8 {
		t.Errorf("%d faults found: %q", len(got), got)
	}
}

func TestFirstPageIsLight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.get("bob", "/")
	total := rec.Body.Len() // as it is: whoever compresses pages only makes this better
	seen := 0
	for name, f := range w.web.static.byServed {
		if !strings.Contains(rec.Body.String(), name) && !strings.Contains(name, "geist-mono") {
			continue
		}
		seen++
		if f.packed != nil {
			total += len(f.packed)
		} else {
			total += len(f.body)
		}
	}
	if seen < 5 || total > 100_000 {
		t.Errorf("%d bytes in %d files", total, seen)
	}
	t.Logf("%d bytes in %d files and the page", total, seen)
	if rec.Code != http.StatusOK {
		t.Error(rec.Code)
	}
}
