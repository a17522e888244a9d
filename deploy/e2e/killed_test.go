package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/browser"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestKernelOutlivesTheGateway kills the gateway while a kernel computes. The
// kernel goes on, the agent comes back to the gateway that is started next, and
// the page that was open works again.
func TestKernelOutlivesTheGateway(t *testing.T) {
	t.Parallel()
	g := site.Start(t, "killed", nil)
	alice := client.SignIn(t, g.URL, "alice")
	s := alice.Ready(t, client.Small("survivor"))
	tab := browser.Open(t)
	signIn(t, tab, g, "alice")
	tab.Go(t, g.URL+s.At("tree"))
	work := newNotebook(t, tab, g.Cluster.Home("alice"))
	signal := filepath.Join(g.Cluster.Home("alice"), "survivor-may-end")
	t.Cleanup(func() { _ = os.Remove(signal) })
	runCell(t, work, `import os, time; x = 41`)
	runCell(t, work, `[time.sleep(.05) for there in iter(lambda: os.path.exists("survivor-may-end"), True)]; x += 1; print("x is", x)`)
	work.Await(t, time.Minute, "the long cell to run", `Jupyter.notebook.kernel_busy && document.querySelectorAll(".cell.running").length === 1`)
	work.Do(t, chromedp.KeyEvent("s", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	work.Await(t, time.Minute, "the notebook to be saved", `!Jupyter.notebook.dirty`)
	before := alice.Show(t, s)
	kernels := alice.Get(t, s.At("api/kernels"))

	g.Kill(t)
	if _, err := alice.Try(t, http.MethodGet, s.Page(), nil); err == nil {
		t.Error("a gateway that was killed answers")
	}
	began := time.Now()
	g.Run(t)
	g.AwaitAlive(t)
	allAnswered(t, alice, s, 8)
	t.Logf("the notebook answers %s after the gateway was started again", time.Since(began).Round(time.Millisecond))

	after := alice.Show(t, s)
	if after.State != "Ready" || after.JobID != before.JobID || after.Attempt != before.Attempt || !after.ReadyAt.Equal(*before.ReadyAt) {
		t.Errorf("the session has changed from %+v to %+v", before, after)
	}
	if a := alice.Get(t, s.At("api/kernels")); !sameKernel(kernels, a) {
		t.Errorf("other kernels: %s, before: %s", a, kernels)
	}
	if err := os.WriteFile(signal, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	work.Do(t, chromedp.Reload())
	awaitKernel(t, work)
	work.Await(t, time.Minute, "the kernel to be idle", `!Jupyter.notebook.kernel_busy`)
	work.Do(t, chromedp.Evaluate[chromedp.Void](`void (Jupyter.notebook.insert_cell_at_bottom(), Jupyter.notebook.select(Jupyter.notebook.ncells() - 1))`))
	runCell(t, work, `print("x is still", x)`)
	work.Await(t, time.Minute, "the variable's value", `[...document.querySelectorAll(".output_area pre")].some(e => e.textContent.includes("x is still 42"))`)
	tab.Go(t, g.URL+s.Page())
	tab.Await(t, 20*time.Second, "the page of the session", `document.querySelector("[data-state=Ready]")`)
}

// allAnswered sends requests to the notebook at the same time; each waits for
// the agent instead of failing.
func allAnswered(t *testing.T, c *client.Client, s client.Session, n int) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			a, err := c.Try(t, http.MethodGet, s.At("api/status"), nil)
			if err != nil {
				t.Error(err)
			} else if a.Status != http.StatusOK {
				t.Errorf("while the agent comes back: %s", a)
			}
		})
	}
	all.Wait()
}

// sameKernel compares the first kernel's id in two answers.
func sameKernel(a, b *client.Answer) bool {
	first := func(a *client.Answer) string {
		_, rest, _ := strings.Cut(string(a.Body), `"id": "`)
		id, _, _ := strings.Cut(rest, `"`)
		return id
	}
	return first(a) != "" && first(a) == first(b)
}

// TestAJobThatDiesEarly is a site whose agent cannot start on its nodes: the
// session ends at once and says why.
func TestAJobThatDiesEarly(t *testing.T) {
	t.Parallel()
	g := site.Start(t, "early", func(c *site.Config) {
		script := filepath.Join(filepath.Dir(c.StateDir), "broken-agent")
		if err := os.WriteFile(script, []byte("#!/bin/sh\necho 'module: command not found'\nexit 3\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		c.AgentCommand = []string{script}
	})
	bob := client.SignIn(t, g.URL, "bob")
	s := bob.Launch(t, client.Small("stillborn"))
	began := time.Now()
	ended := bob.Await(t, s, time.Minute, "Ended")
	t.Logf("ended after %s", time.Since(began).Round(time.Millisecond))
	if ended.Reason != "failed" || ended.ExitCode == nil || *ended.ExitCode != 3 {
		t.Errorf("the session ended as %+v", ended)
	}
	await.That(t, 20*time.Second, "the job's words in the log", func() error {
		if text := bob.LogText(t, s); !strings.Contains(text, "module: command not found") {
			return fmt.Errorf("the log is %q", text)
		}
		return nil
	})
	if a := bob.Raw(t, http.MethodGet, s.Page(), nil, "Accept", "text/html"); !a.Says("module: command not found") || !a.Says("exit code 3") {
		t.Errorf("the page does not say why: %s", a)
	}
}
