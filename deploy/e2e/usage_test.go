package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/browser"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// meteredApp is a notebook on a node whose nvidia-smi is a script: the GPUs of
// the test's cluster are made up.
const meteredApp = `  - preset: notebook
    id: metered
    env: {JUPYTER_CONFIG_PATH: "${DIR}/jupyter"}
    setup:
      - mkdir -p "$HOME/metered"
      - printf '#!/bin/sh\nfor i in 0 1 2 3 4 5 6 7; do echo "$i, GPU-$i, Made Up 9000, 75, 1024, 40960"; done\n' > "$HOME/metered/nvidia-smi"
      - chmod +x "$HOME/metered/nvidia-smi"
      - export PATH="$HOME/metered:$PATH"
`

// usageRow is a row of a report, as far as it matters here.
type usageRow struct {
	Key    string
	Starts int
	Held   float64 `json:"gpu_hours_held"`
	Used   float64 `json:"gpu_hours_used"`
	Seen   float64 `json:"gpu_hours_seen"`
	CPU    float64 `json:"cpu_hours_used"`
}

// measuredUse follows what a notebook uses from its node to its page, the
// owner's report and the admins'.
func measuredUse(t *testing.T, g *site.Gateway) {
	bob := client.SignIn(t, g.URL, "bob")
	request := client.Small("metered")
	request["app"], request["queue"], request["gpu_type"], request["gpus"] = "metered", "gpu", "a100", 1
	s := bob.Ready(t, request)
	page := string(bob.Get(t, s.Page()).Body)
	if !strings.Contains(page, "It is measured every minute") {
		t.Error("the page of a session without samples says nothing of its use")
	}
	// An agent measures every 20 seconds and a gateway writes every minute.
	await.That(t, 3*time.Minute, "a minute that was measured", func() error {
		if page = string(bob.Get(t, s.Page()).Body); !strings.Contains(page, "Made Up 9000") {
			return fmt.Errorf("%s shows no GPU", s.Page())
		}
		return nil
	})
	for _, text := range []string{"75\u202f%", "1 GB of 40 GB", "chart-area", "so far"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page has no %q", text)
		}
	}
	if strings.Contains(page, "GPU 2") {
		t.Error("the page shows GPUs of others")
	}
	var own struct{ Rows []usageRow }
	bob.Get(t, "/api/v1/usage?by=app&app=metered").Must(t, http.StatusOK, &own)
	if len(own.Rows) != 1 {
		t.Fatalf("bob's report has %+v", own.Rows)
	}
	r := own.Rows[0]
	if r.Starts < 1 || r.Seen <= 0 || r.Seen > r.Held || r.Used < 0.7*r.Seen || r.Used > 0.8*r.Seen || r.CPU <= 0 {
		t.Errorf("bob's report says %+v", r)
	}
	if a := bob.Get(t, "/api/v1/usage?by=year"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("by=year: %d", a.Status)
	}
	adminsReport(t, g)
	ended := bob.Stop(t, s)
	if page = string(bob.Get(t, ended.Page()).Body); !strings.Contains(page, "What it used") || !strings.Contains(page, "Most memory") {
		t.Error("the page of the ended session does not say what it used")
	}
}

// adminsReport looks at everybody's use as carol, in words, as a file and as a
// page.
func adminsReport(t *testing.T, g *site.Gateway) {
	t.Helper()
	carol := client.SignIn(t, g.URL, "carol")
	var all struct{ Rows []usageRow }
	carol.Get(t, "/api/v1/admin/usage?by=user&user=bob").Must(t, http.StatusOK, &all)
	if len(all.Rows) != 1 || all.Rows[0].Key != "bob" || all.Rows[0].Used <= 0 {
		t.Errorf("carol's report has %+v", all.Rows)
	}
	file := carol.Get(t, "/api/v1/admin/usage?by=user&format=csv")
	if lines := strings.Split(string(file.Body), "\n"); lines[0] == "" || !strings.HasPrefix(lines[0], "user,starts,gpu_hours_asked,") {
		t.Errorf("the file begins %q", lines[0])
	}
	client.SignIn(t, g.URL, "bob").Get(t, "/api/v1/admin/usage").Must(t, http.StatusNotFound, nil)
	tab := browser.Open(t)
	signIn(t, tab, g, "carol")
	tab.Go(t, g.URL+"/admin/usage")
	tab.Await(t, 20*time.Second, "the chart of days", `document.querySelector(".chart-bars rect.used")?.getBoundingClientRect().height >= 1`)
	tab.Shoot(t, "usage")
	tab.Quiet(t)
}
