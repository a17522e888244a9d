package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

func used(_ *session.Options, c *Config) {
	all := madeUp{time.Now}
	c.Use, c.Reports = all, all
}

func TestUsagePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, used)
	for path, want := range map[string][]string{
		adminUsage: {
			"By Person", "GPU-hours held, by day", "someone-6f1d2c3b4a596877", "22 more", "&lt;b&gt;eve&lt;/b&gt;", "Median", "1 h 30 min",
			`href="/admin/usage?by=queue&amp;user=alice"`, "/api/v1/admin/usage?by=user",
		},
		adminUsage + "?by=group&of=cpu":               {"By Group", "CPU-hours held, by day"},
		adminUsage + "?from=2026-01-01&to=2026-06-30": {"by week", "from=2026-01-01"},
		adminUsage + "?from=2023-01-01&to=2026-06-30": {"by month", "Jan 2023"},
		adminUsage + "?from=yesterday":                {"must be a day like 2026-03-14"},
		adminUsage + "?from=2026-03-02&to=2026-03-01": {"is before from"},
		adminUsage + `?user="><script>&queue=%00%ff`:  {"By Person"},
	} {
		rec := w.get("carol", path)
		body := rec.Body.String()
		if rec.Code != http.StatusOK || strings.Contains(body, "<script>") || strings.Contains(body, "<b>eve") {
			t.Errorf("%s: %d", path, rec.Code)
		}
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s: no %q", path, text)
			}
		}
	}
}

func TestUsagePageOfASiteThatDidNothing(t *testing.T) {
	t.Parallel()
	body := newWorld(t).get("carol", adminUsage).Body.String()
	for _, text := range []string{"Nothing was held on these days.", "No job began to run on these days.", "None."} {
		if !strings.Contains(body, text) {
			t.Errorf("no %q", text)
		}
	}
}

func TestSessionShowsItsUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, used)
	ids := w.furnish()
	for name, want := range map[string][]string{
		"ready":  {"CPU", "Memory", "of 32 GB", "GPU 1", "GPU 2", "NVIDIA A100-SXM4-40GB", "1 kernel busy", "chart-area"},
		"failed": {"What it used", "Most memory"},
	} {
		body := w.get("alice", "/sessions/"+string(ids[name])).Body.String()
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s: no %q", name, text)
			}
		}
	}
	if body := w.get("alice", "/sessions/"+string(ids["waiting"])).Body.String(); strings.Contains(body, "use-title") {
		t.Error("a session that waits shows use")
	}
	plain := newWorld(t)
	if body := plain.get("alice", "/sessions/"+string(plain.furnish()["ready"])).Body.String(); !strings.Contains(body, "nothing has come yet") {
		t.Error("a session without samples does not say so")
	}
}
