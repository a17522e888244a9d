package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/berth-hpc/berth/deploy/e2e/browser"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// notebookInBrowser is first light: alice signs in, asks for two GPUs in the
// form, waits, works in the notebook that opens, and stops it.
func notebookInBrowser(t *testing.T, g *site.Gateway) {
	forgetLarge(t, g)
	tab := browser.Open(t)
	signIn(t, tab, g, "alice")
	page := launchInForm(t, tab)
	tab.AwaitLocation(t, 2*time.Minute, "/user/alice/first-light/tree")

	work := newNotebook(t, tab, g.Cluster.Home("alice"))
	runCell(t, work, `import os, getpass; print("user", getpass.getuser()); print("gpus", os.environ["CUDA_VISIBLE_DEVICES"])`)
	work.Await(t, time.Minute, "the cell's output", `document.querySelector(".output_area pre")?.textContent.includes("gpus")`)
	output := work.Text(t, ".output_area pre")
	gpus := strings.TrimPrefix(strings.Split(output+"\n", "\n")[1], "gpus ")
	if !strings.HasPrefix(output, "user alice\n") || len(strings.Split(gpus, ",")) != 2 {
		t.Errorf("the cell prints %q", output)
	}
	work.Shoot(t, "notebook")

	useTerminal(t, tab)
	carryLargeFile(t, tab, g)

	tab.Forget() // what Jupyter's pages said
	tab.Go(t, page)
	job := jobOf(t, g, page)
	stopOnPage(t, tab)
	g.Cluster.AwaitGone(t, job)
	tab.Quiet(t)
}

// signIn signs a user in through the form.
func signIn(t *testing.T, tab *browser.Tab, g *site.Gateway, user string) {
	t.Helper()
	tab.Go(t, g.URL+"/")
	tab.AwaitLocation(t, 10*time.Second, "/login")
	tab.Shoot(t, "sign-in")
	tab.Type(t, "input[name=username]", user)
	tab.Type(t, "input[name=password]", user)
	tab.Press(t, "Sign in")
	tab.Await(t, 20*time.Second, "the start page", `location.pathname === "/" && document.querySelector("nav")`)
	tab.Quiet(t)
}

// launchInForm asks for a notebook with two a100 and returns the address of the
// session's page.
func launchInForm(t *testing.T, tab *browser.Tab) string {
	t.Helper()
	tab.Press(t, "New session")
	tab.AwaitLocation(t, 10*time.Second, "/sessions/new")
	tab.Click(t, "label:has(input[name=app][value=notebook])")
	tab.Click(t, "label:has(input[name=queue][value=gpu])")
	tab.Click(t, "label:has(input[name=gpu_type][value=a100])")
	tab.Click(t, `button[aria-label="More GPUs"]`) // one is there by itself
	tab.Type(t, "form.launch input[name=cpus]", "1")
	tab.Type(t, "form.launch input[name=memory]", "1G")
	tab.Type(t, "form.launch input[name=time_limit]", "1h")
	tab.Type(t, "form.launch input[name=name]", "first-light")
	if sum := tab.Text(t, `[data-sum="gpus"]`); sum != "2 × a100" {
		t.Errorf("the form sums up %q", sum)
	}
	tab.Shoot(t, "form")
	tab.Press(t, "Launch")
	tab.Await(t, 20*time.Second, "the session's page", `/^\/sessions\/[a-z2-7]{16}$/.test(location.pathname)`)
	page := strings.TrimSuffix(tab.Location(t), "?open=1")
	tab.Quiet(t)
	return page
}

// newNotebook makes a Python notebook from Jupyter's menu and waits for its
// kernel. The notebook's file goes with the test.
func newNotebook(t *testing.T, tab *browser.Tab, home string) *browser.Tab {
	t.Helper()
	tab.Await(t, time.Minute, "the file list", `document.querySelector("#kernel-python3 a")`)
	tab.Click(t, "#new-dropdown-button")
	work := tab.Popup(t, chromedp.Click(chromedp.CSS("#kernel-python3 a"), chromedp.NodeVisible))
	awaitKernel(t, work)
	file := browser.Script[string](t, work, 10*time.Second, `Jupyter.notebook.notebook_path`)
	t.Cleanup(func() { _ = os.Remove(filepath.Join(home, file)) })
	return work
}

func awaitKernel(t *testing.T, work *browser.Tab) {
	t.Helper()
	work.Await(t, time.Minute, "the kernel", `window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook.kernel.info_reply.status === "ok"`)
}

// runCell types code into the selected cell and runs it, by keys alone.
func runCell(t *testing.T, work *browser.Tab, code string) {
	t.Helper()
	work.Click(t, ".cell.selected .CodeMirror")
	work.Do(t,
		chromedp.KeyEvent(code),
		chromedp.KeyEvent("\r", chromedp.KeyModifiers(chromedp.ModifierShift)))
}

// useTerminal opens a terminal, types a command into it and sees what it says.
// The page draws on a canvas: the text is what the terminal holds, and the
// canvas must show something in each line that has text.
func useTerminal(t *testing.T, tab *browser.Tab) {
	t.Helper()
	tab.Click(t, "#new-dropdown-button")
	terminal := tab.Popup(t, chromedp.Click(chromedp.CSS("#new-terminal a"), chromedp.NodeVisible))
	const line = `(pattern) => {
		const xterm = window.terminal?.term._core, canvas = document.querySelector(".xterm-text-layer");
		if (!canvas) return false;
		for (let y = 0; y < xterm.rows; y++) {
			if (!pattern.test(xterm.buffer.translateBufferLineToString(xterm.buffer.ydisp + y, true))) continue;
			const high = canvas.height / xterm.rows;
			const drawn = canvas.getContext("2d").getImageData(0, y * high, canvas.width, high).data;
			return new Set(new Uint32Array(drawn.buffer)).size > 2;
		}
		return false;
	}`
	terminal.Await(t, time.Minute, "the terminal's prompt", "("+line+")(/[$] *$/)")
	terminal.Click(t, "#terminado-container")
	terminal.Do(t, chromedp.KeyEvent("echo terminal-of-$(id -un)-$((40+2))\r"))
	terminal.Await(t, time.Minute, "the command's output", "("+line+")(/^terminal-of-alice-42$/)")
	terminal.Shoot(t, "terminal")
}

// stopOnPage stops the session that the tab shows, and waits until it is over.
func stopOnPage(t *testing.T, tab *browser.Tab) {
	t.Helper()
	tab.Await(t, 20*time.Second, "the page to know the state", `document.querySelector("[data-state=Ready]")`)
	tab.Shoot(t, "session-ready")
	tab.Press(t, "Stop")
	tab.Press(t, "Stop it")
	tab.Await(t, time.Minute, "the end", `document.querySelector("[data-state=Ended]")`)
	tab.Shoot(t, "session-ended")
}

// jobOf asks the API for the job of the session that has this page.
func jobOf(t *testing.T, g *site.Gateway, page string) string {
	t.Helper()
	alice := client.SignIn(t, g.URL, "alice")
	id := page[strings.LastIndex(page, "/")+1:]
	now := alice.Show(t, client.Session{ID: id})
	if now.JobID == "" {
		t.Fatalf("session %s has no job", id)
	}
	return now.JobID
}
