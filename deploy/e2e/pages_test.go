package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/browser"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// pages looks at every page of berth, as somebody who uses it sees them.
func pages(t *testing.T, g *site.Gateway) {
	tab := browser.Open(t)
	signIn(t, tab, g, "dave")
	dave := client.SignIn(t, g.URL, "dave")
	ended := dave.Launch(t, map[string]any{"name": "over", "app": "failing", "queue": "cpu", "cpus": 1, "memory": "256M", "time_limit": "10m"})
	dave.Await(t, ended, time.Minute, "Ended")
	waiting := dave.Launch(t, map[string]any{"name": "held", "app": "notebook", "queue": "gpu", "gpus": 1, "cpus": 1, "time_limit": "1h"})
	held := dave.Await(t, waiting, time.Minute, "Queued", "Starting", "Ready")

	for _, page := range []struct{ name, path, heading string }{
		{"sessions", "/", "Your sessions"},
		{"new", "/sessions/new?queue=gpu&gpus=1", "New session"},
		{"tokens", "/tokens", "API tokens"},
		{"ended", ended.Page(), "over"},
		{"live", held.Page(), "held"},
	} {
		tab.Go(t, g.URL+page.path)
		tab.Await(t, 10*time.Second, "the heading of "+page.name, `document.querySelector("h1")?.innerText.includes("`+page.heading+`")`)
		tab.Shoot(t, page.name)
		tab.Quiet(t)
	}

	tab.Go(t, g.URL+"/tokens")
	tab.Type(t, "input[name=name]", "laptop")
	tab.Press(t, "Create")
	tab.Await(t, 10*time.Second, "the token's secret", `document.querySelector("#secret")?.innerText.length > 20`)
	secret := tab.Text(t, "#secret")
	g.Secret(secret)
	program := client.Anonymous(t, g.URL)
	program.Token = secret
	program.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
	tab.Quiet(t)

	tab.Go(t, g.URL+"/sessions/aaaaaaaaaaaaaaaa")
	tab.Await(t, 10*time.Second, "a page that says that there is none", `document.querySelector("h1")?.innerText.includes("no such session")`)
	tab.Shoot(t, "none")
	tab.Forget() // the 404

	tab.Go(t, g.URL+"/")
	tab.Click(t, "details.menu > summary")
	tab.Press(t, "Sign out")
	tab.AwaitLocation(t, 10*time.Second, "/login")
	tab.Go(t, g.URL+"/tokens")
	tab.AwaitLocation(t, 10*time.Second, "/login")
	tab.Quiet(t)
}
