package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestFindInALog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.furnish()["oom"]
	w.print(id, "<b>shard</b> 65")
	page := "/sessions/" + string(id)
	body := w.get("alice", page+"?find=SHARD").Body.String()
	for _, want := range []string{"is in 3 of the last 5 lines", "loading shard 2 of 64", "&lt;b&gt;shard", `value="SHARD"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(body, "oom_kill event") || strings.Contains(body, "data-stream") {
		t.Error("other lines are there, or come")
	}
	if body := w.get("alice", page+"?find=nowhere").Body.String(); !strings.Contains(body, "No line has it") {
		t.Error("nothing found is not said")
	}
	for _, f := range faultsOf(t, body) {
		t.Error(f)
	}
}

func TestDownloadALog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/sessions/" + string(w.furnish()["oom"]) + "/log.txt"
	rec := w.get("alice", path)
	if h := rec.Header(); rec.Code != http.StatusOK || h.Get("Content-Type") != "text/plain; charset=utf-8" ||
		!strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", rec.Code, h)
	}
	if lines := strings.Split(strings.TrimSpace(rec.Body.String()), "\n"); len(lines) != 4 || !strings.HasSuffix(lines[0], "Z loading shard 1 of 64") {
		t.Errorf("%q", lines)
	}
	if rec := w.get("bob", path); rec.Code != http.StatusNotFound {
		t.Errorf("bob: %d", rec.Code)
	}
}

func TestOpenAPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/sessions/" + string(w.furnish()["ready"]) + "/port?port="
	if rec := w.get("alice", path+"8787"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/user/alice/protein-folding/port/8787/" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	for _, port := range []string{"", "80", "65536", "-1", "8787/../..", "1e4"} {
		if rec := w.get("alice", path+port); rec.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", port, rec.Code)
		}
	}
	if rec := w.get("bob", path+"8787"); rec.Code != http.StatusNotFound {
		t.Errorf("bob: %d", rec.Code)
	}
}
