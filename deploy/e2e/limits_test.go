package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// someLimits is a site's file. The waiting jobs of these tests begin in an hour
// at the earliest.
const someLimits = `
limits:
  - set: {sessions: 3, session.time: 6h}
    note: fair share
  - user: carol
    set: {sessions: 20}
  - queue: gpu-small
    set: {use: no}
`

// TestLimits is an admin who keeps the limits in a file, and people who meet
// them: by the API, and by a maintenance that holds their jobs.
func TestLimits(t *testing.T) {
	t.Parallel()
	g := site.Start(t, "limits", func(c *site.Config) { c.SubmitArgs = []string{"--begin=now+1hour"} })
	berth := func(stdin string, argv ...string) string {
		t.Helper()
		out, exit := g.Berth(t, stdin, argv...)
		if exit != 0 {
			t.Fatalf("berth %s: exit %d: %s", strings.Join(argv, " "), exit, out)
		}
		return out
	}
	if out := berth(someLimits, "limit", "apply", "-f", "-", "--yes"); !strings.Contains(out, "applied 4 changes") {
		t.Fatal(out)
	}
	t.Run("parallel launches", func(t *testing.T) { parallelLaunches(t, g) })
	t.Run("what the scheduler would refuse", func(t *testing.T) { schedulersRights(t, g) })

	carol := client.SignIn(t, g.URL, "carol")
	if d := denied(t, carol, with(client.Small("small"), "queue", "gpu-small")); d.Limit != "use" || d.SetBy == "" {
		t.Errorf("a partition that nobody may use: %+v", d)
	}
	waits := carol.Await(t, carol.Launch(t, with(client.Small("waits"), "time_limit", "2h")), 30*time.Second, "Queued")
	short := carol.Await(t, carol.Launch(t, with(client.Small("short"), "time_limit", "10m")), 30*time.Second, "Queued")

	explained := berth("", "limit", "explain", "-u", "carol")
	for _, want := range []string{"2 of 20, 18 left", "closed: you may not use gpu-small", "the scheduler's partition cpu", "fair share"} {
		if !strings.Contains(explained, want) {
			t.Errorf("limit explain does not say %q:\n%s", want, explained)
		}
	}
	from := time.Now().Add(time.Hour)
	berth("", "maintenance", "add", "--from", from.Format(time.RFC3339), "--until", from.Add(5*time.Hour).Format(time.RFC3339), "new disks")
	d := denied(t, carol, with(client.Small("late"), "time_limit", "2h"))
	if d.Limit != "maintenance" || d.Field != "time_limit" || d.Until == "" || d.Note != "new disks" {
		t.Errorf("it would run into the maintenance: %+v", d)
	}
	reason := func(s client.Session) string {
		return strings.TrimSpace(g.Cluster.Slurm(t, "squeue", "-h", "-j", s.JobID, "-o", "%r"))
	}
	berth("", "cron", "run", "maintenance")
	if reason(waits) != "JobHeldUser" || reason(short) == "JobHeldUser" {
		t.Errorf("the long job waits for %s, the short one for %s", reason(waits), reason(short))
	}
	await.That(t, 30*time.Second, "the page to say so", func() error { return says(carol.Get(t, waits.Page()), "Held for a maintenance until") })

	var windows []struct{ ID string }
	if err := json.Unmarshal([]byte(berth("", "maintenance", "list", "--json")), &windows); err != nil || len(windows) != 1 {
		t.Fatalf("%v: %+v", err, windows)
	}
	berth("", "maintenance", "delete", windows[0].ID)
	berth("", "cron", "run", "maintenance")
	if reason(waits) == "JobHeldUser" {
		t.Errorf("after the maintenance the job waits for %s", reason(waits))
	}
}

// parallelLaunches is somebody who presses the button forty times at once.
func parallelLaunches(t *testing.T, g *site.Gateway) {
	alice := client.SignIn(t, g.URL, "alice")
	const tries, most = 40, 3
	answers := make([]*client.Answer, tries)
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() {
			answers[i] = alice.Send(t, http.MethodPost, "/api/v1/sessions", client.Small(fmt.Sprintf("s%d", i)))
		})
	}
	all.Wait()
	made := 0
	for _, a := range answers {
		switch a.Status {
		case http.StatusCreated:
			made++
		case http.StatusForbidden:
			var p struct{ Limit limitOfProblem }
			a.Must(t, http.StatusForbidden, &p)
			if p.Limit.Limit != "sessions" || p.Limit.Have != "3" || p.Limit.Max != "3" || p.Limit.Note != "fair share" {
				t.Errorf("%+v", p.Limit)
			}
		default:
			t.Error(a)
		}
	}
	if made != most {
		t.Errorf("%d sessions were admitted, the limit is %d", made, most)
	}
	var list struct {
		Places []struct {
			Limits []struct {
				Limit string
				Left  *int
			}
		}
	}
	alice.Get(t, "/api/v1/limits?queue=cpu").Must(t, http.StatusOK, &list)
	for _, l := range list.Places[0].Limits {
		if l.Limit == "sessions" && (l.Left == nil || *l.Left != 0) {
			t.Errorf("what is left of sessions: %+v", l)
		}
	}
}

// schedulersRights is dave, whose account course may have one GPU, and who is
// told so without a job being made.
func schedulersRights(t *testing.T, g *site.Gateway) {
	if out, err := g.Cluster.TrySlurm("sacctmgr", "-nP", "show", "account", "course"); err != nil || !strings.Contains(out, "course") {
		t.Skip("this cluster keeps no accounts (cluster run --accounting=on)")
	}
	dave := client.SignIn(t, g.URL, "dave")
	two := map[string]any{"name": "two", "app": "notebook", "queue": "gpu", "gpus": 2, "gpu_type": "a100", "account": "course", "time_limit": "30m"}
	fault, ok := dave.Send(t, http.MethodPost, "/api/v1/sessions", two).Problem(t, http.StatusUnprocessableEntity).Fault("gpus")
	if !ok || fault.Possible != "up to 1" || !strings.Contains(fault.Message, "the scheduler's account course") {
		t.Errorf("two GPUs for the course: %+v", fault)
	}
	two["account"], two["gpus"] = "physics", 1
	fault, ok = dave.Send(t, http.MethodPost, "/api/v1/sessions", two).Problem(t, http.StatusUnprocessableEntity).Fault("account")
	if !ok || !strings.Contains(fault.Possible, "course") || !strings.Contains(fault.Possible, "research") {
		t.Errorf("an account that is not dave's: %+v", fault)
	}
	if jobs := g.Cluster.Slurm(t, "squeue", "-h", "-u", "dave", "-n", "two"); jobs != "" {
		t.Errorf("jobs were made: %s", jobs)
	}
}

// limitOfProblem is the limit in a problem document.
type limitOfProblem struct {
	Limit, Field, Have, Max, Note, Until string
	SetBy                                string `json:"set_by"`
}

// denied launches what a limit refuses.
func denied(t *testing.T, c *client.Client, request map[string]any) limitOfProblem {
	t.Helper()
	var p struct{ Limit limitOfProblem }
	c.Send(t, http.MethodPost, "/api/v1/sessions", request).Must(t, http.StatusForbidden, &p)
	return p.Limit
}

// with is the request with one field changed.
func with(request map[string]any, field string, value any) map[string]any {
	request[field] = value
	return request
}
