package e2e

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// cancelledOutside is a user who knows scancel.
func cancelledOutside(t *testing.T, g *site.Gateway) {
	alice := client.SignIn(t, g.URL, "alice")
	s := alice.Ready(t, client.Small("cancelled"))
	g.Cluster.Slurm(t, "scancel", s.JobID)
	ended := alice.Await(t, s, time.Minute, "Ended")
	if ended.Reason != "cancelled" {
		t.Errorf("a job that was cancelled outside ends with %q (%s)", ended.Reason, ended.Detail)
	}
	if a := alice.Get(t, s.At("api")); a.Status == http.StatusOK {
		t.Errorf("its notebook goes on: %s", a)
	}
}

// killedNotebook is a notebook that dies of a signal.
func killedNotebook(t *testing.T, g *site.Gateway) {
	bob := client.SignIn(t, g.URL, "bob")
	s := bob.Ready(t, client.Small("killed"))
	notebook := g.Cluster.Process(t, "jupyter-notebook", s.At(""))
	if err := syscall.Kill(notebook, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	ended := bob.Await(t, s, time.Minute, "Ended")
	if ended.Reason != "failed" || ended.ExitCode != nil || ended.Signal == nil || *ended.Signal != int(syscall.SIGKILL) {
		t.Errorf("a notebook that was killed ends as %+v", ended)
	}
	g.Cluster.AwaitGone(t, s.JobID)
}

// quittingNotebook is a user who presses Jupyter's own Quit.
func quittingNotebook(t *testing.T, g *site.Gateway) {
	dave := client.SignIn(t, g.URL, "dave").WithToken(t)
	g.Secret(dave.Token)
	s := dave.Ready(t, client.Small("quitting"))
	dave.Send(t, http.MethodPost, s.At("api/shutdown"), nil)
	ended := dave.Await(t, s, time.Minute, "Ended")
	if ended.Reason != "finished" || ended.ExitCode == nil || *ended.ExitCode != 0 {
		t.Errorf("a notebook that quits ends as %+v", ended)
	}
}

// failingApp is an app that does not come up and says why.
func failingApp(t *testing.T, g *site.Gateway) {
	carol := client.SignIn(t, g.URL, "carol")
	request := client.Small("failing")
	request["app"] = "failing"
	s := carol.Launch(t, request)
	ended := carol.Await(t, s, time.Minute, "Ended")
	if ended.Reason != "failed" || ended.ExitCode == nil || *ended.ExitCode != 7 {
		t.Errorf("an app that fails ends as %+v", ended)
	}
	if text := carol.LogText(t, s); !strings.Contains(text, "the licence server says no") {
		t.Errorf("its log is %q", text)
	}
	if a := carol.Raw(t, http.MethodGet, s.Page(), nil, "Accept", "text/html"); !a.Says("exit code 7") || !a.Says("the licence server says no") {
		t.Errorf("its page does not say how it ended and why: %s", a)
	}
}
