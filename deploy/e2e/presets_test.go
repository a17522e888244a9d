package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/browser"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// presetApps are built-in catalogue entries whose programs Debian has. The
// desktop is one window, so that what is typed goes there.
const presetApps = `  - preset: shellinabox
  - preset: desktop
    command: ["${BERTH}", desktop, "--socket=${SOCKET}", "--dir=${DIR}", --, xterm, -geometry, 400x200+0+0]
`

// desktopInBrowser works on a desktop as a person would: with a mouse and keys.
func desktopInBrowser(t *testing.T, g *site.Gateway) {
	dave := client.SignIn(t, g.URL, "dave")
	request := client.Small("dave-desk")
	request["app"] = "desktop"
	s := dave.Ready(t, request)
	proof := filepath.Join(g.Cluster.Home("dave"), "typed-on-the-desktop")
	_ = os.Remove(proof)

	tab := browser.Open(t)
	signIn(t, tab, g, "dave")
	tab.Go(t, g.URL+s.At(""))
	tab.Await(t, time.Minute, "the screen", `document.documentElement.classList.contains("noVNC_connected") && document.querySelector("canvas")?.width > 300`)
	tab.Do(t, chromedp.MouseClickXY(300, 200))
	tab.Do(t, chromedp.KeyEvent("touch typed-on-the-desktop\r"))
	await.That(t, 30*time.Second, "what was typed has an effect", func() error {
		_, err := os.Stat(proof)
		return err
	})
	tab.Forget()

	// Leaving the desktop ends the session, and well.
	tab.Do(t, chromedp.KeyEvent("exit\r"))
	ended := dave.Await(t, s, time.Minute, "Ended")
	if ended.Reason != "finished" {
		t.Errorf("after leaving the desktop the session is %+v", ended)
	}
}

// terminalInBrowser types into the terminal.
func terminalInBrowser(t *testing.T, g *site.Gateway) {
	dave := client.SignIn(t, g.URL, "dave")
	request := client.Small("dave-shell")
	request["app"] = "terminal"
	s := dave.Ready(t, request)
	proof := filepath.Join(g.Cluster.Home("dave"), "typed-in-the-terminal")
	_ = os.Remove(proof)

	tab := browser.Open(t)
	signIn(t, tab, g, "dave")
	tab.Go(t, g.URL+s.At(""))
	tab.Await(t, time.Minute, "a prompt", `document.body.innerText.includes("$")`)
	tab.Do(t, chromedp.MouseClickXY(300, 200))
	tab.Do(t, chromedp.KeyEvent("touch typed-in-the-terminal\r"))
	await.That(t, 30*time.Second, "what was typed has an effect", func() error {
		_, err := os.Stat(proof)
		return err
	})
	tab.Forget()
	dave.Stop(t, s)
}
