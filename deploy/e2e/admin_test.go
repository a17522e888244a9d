package e2e

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/browser"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestAdmins walks through the console as carol, does each thing once, and looks
// for it in the audit log. Nobody else finds any of it.
func TestAdmins(t *testing.T) {
	t.Parallel()
	g := site.Start(t, "admin", func(*site.Config) {})
	a := &adminWalk{
		g: g, alice: client.SignIn(t, g.URL, "alice"), bob: client.SignIn(t, g.URL, "bob"), carol: client.SignIn(t, g.URL, "carol"),
		tab: browser.Open(t),
	}
	signIn(t, a.tab, g, "carol")
	a.lab = a.alice.Ready(t, client.Small("lab"))
	a.everyPage(t)
	a.visit(t)
	a.stop(t)
	a.people(t)
	a.announce(t)
	a.limit(t)
	a.maintain(t)
	a.job(t)
	a.audit(t)
	a.command(t)
	a.nobodyElse(t)
}

type adminWalk struct {
	g                 *site.Gateway
	alice, bob, carol *client.Client
	tab               *browser.Tab
	lab               client.Session
}

const soon = 15 * time.Second

// at opens a page of the console and waits for its heading.
func (a *adminWalk) at(t *testing.T, path, heading string) {
	t.Helper()
	a.tab.Go(t, a.g.URL+path)
	a.tab.Await(t, soon, "the heading of "+path, `document.querySelector("h1")?.innerText.includes("`+heading+`")`)
}

// says waits until the page has a text.
func (a *adminWalk) says(t *testing.T, text string) {
	t.Helper()
	a.tab.Await(t, soon, "the page to say "+text, `document.body.innerText.includes("`+text+`")`)
}

// fill sets a field without typing: dates are typed otherwise in each country.
func (a *adminWalk) fill(t *testing.T, field, value string) {
	t.Helper()
	a.tab.Await(t, soon, "the field "+field, fmt.Sprintf(`(() => { const f = document.querySelector('[name="%s"]'); if (!f) return false; f.value = %q; return true })()`, field, value))
}

// everyPage follows each entry of the navigation.
func (a *adminWalk) everyPage(t *testing.T) {
	t.Helper()
	a.at(t, "/admin", "Overview")
	links := browser.Script[[]string](t, a.tab, soon, `[...document.querySelectorAll(".console-nav a")].map(a => a.getAttribute("href"))`)
	if len(links) < 11 {
		t.Errorf("only %d entries: %v", len(links), links)
	}
	for _, link := range append(links, "/admin/sessions/"+a.lab.ID, "/admin/users/alice", "/admin/groups", "/admin/limits/new", "/admin/limits/try?user=alice", "/admin/jobs/purge") {
		a.tab.Go(t, a.g.URL+link)
		a.tab.Await(t, soon, "the frame of "+link, `document.querySelector("h1") && document.querySelector(".console-nav")`)
		a.tab.Shoot(t, strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(strings.Trim(link, "/")))
		a.tab.Quiet(t)
	}
}

// visit opens alice's session with a reason, and gives the permission back.
func (a *adminWalk) visit(t *testing.T) {
	t.Helper()
	token := a.carol.WithToken(t)
	a.g.Secret(token.Token)
	closed := func(when string) {
		t.Helper()
		for who, c := range map[string]*client.Client{"bob": a.bob, "carol": a.carol, "carol's token": token} {
			if got := c.Get(t, a.lab.At("api")); got.Status != http.StatusNotFound {
				t.Errorf("%s, %s: %s", when, who, got)
			}
		}
	}
	closed("before")
	a.at(t, "/admin/sessions/"+a.lab.ID, "lab")
	a.tab.Press(t, "Open with a reason")
	a.tab.Type(t, "#reason", "asked for help in ticket 4711")
	a.tab.Press(t, "Open it")
	a.says(t, "You may open this session until")
	a.carol.Get(t, a.lab.At("api")).Must(t, http.StatusOK, nil)
	if mine, hers := a.alice.Get(t, a.lab.At("port/8080/")).Status, a.carol.Get(t, a.lab.At("port/8080/")).Status; mine != http.StatusBadGateway || hers != http.StatusNotFound {
		t.Errorf("other ports: %d for the owner, %d for the visitor", mine, hers)
	}
	for who, c := range map[string]*client.Client{"bob": a.bob, "carol's token": token} {
		if got := c.Get(t, a.lab.At("api")); got.Status != http.StatusNotFound {
			t.Errorf("%s profits by carol's permission: %s", who, got)
		}
	}
	if page := a.alice.Raw(t, http.MethodGet, a.lab.Page(), nil, "Accept", "text/html"); !page.Says("An admin may open this session") || !page.Says("ticket 4711") {
		t.Errorf("alice is not told: %s", page)
	}
	if got := a.carol.Form(t, a.lab.Page()+"/stop", nil); got.Status != http.StatusNotFound {
		t.Errorf("a look is more than a look: %s", got)
	}
	a.tab.Press(t, "Give it back")
	a.says(t, "You cannot open the session any more")
	closed("after")
	a.tab.Quiet(t)
}

// stop ends a session of alice's from the list.
func (a *adminWalk) stop(t *testing.T) {
	t.Helper()
	other := a.alice.Launch(t, client.Small("another"))
	a.at(t, "/admin/sessions?owner=alice&q=another", "Sessions")
	a.tab.Click(t, `input[name=id][value="`+other.ID+`"]`)
	a.tab.Press(t, "Stop the chosen ones")
	a.tab.Press(t, "Stop 1 session") // without a reason: the browser asks for one
	a.tab.Type(t, "#reason", "the node is needed")
	a.tab.Press(t, "Stop 1 session")
	a.says(t, "1 session is being stopped")
	ended := a.alice.Await(t, other, time.Minute, "Ended")
	if ended.Reason != "stopped_admin" {
		t.Errorf("it ended for %q", ended.Reason)
	}
	if page := a.alice.Raw(t, http.MethodGet, other.Page(), nil, "Accept", "text/html"); !page.Says("the node is needed") {
		t.Errorf("alice does not learn why: %s", page)
	}
	if now := a.alice.Show(t, a.lab); now.State != "Ready" {
		t.Errorf("the other session is %s", now.State)
	}
}

// people signs bob out and takes his token.
func (a *adminWalk) people(t *testing.T) {
	t.Helper()
	token := a.bob.WithToken(t)
	a.g.Secret(token.Token)
	a.at(t, "/admin/users?q=bo", "Users")
	a.tab.Press(t, "bob")
	a.says(t, "Bob Brandt")
	a.tab.Press(t, "Sign out everywhere")
	a.says(t, "Every browser of theirs has to sign in anew")
	a.tab.Press(t, "Sign out everywhere")
	a.says(t, "Signed out of 1 browser")
	a.bob.Get(t, "/api/v1/me").Problem(t, http.StatusUnauthorized)
	token.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
	a.tab.Press(t, "Revoke API tokens")
	a.says(t, "Programs that use them are refused")
	a.tab.Press(t, "Revoke the tokens")
	a.says(t, "1 API token was revoked")
	token.Get(t, "/api/v1/me").Problem(t, http.StatusUnauthorized)
	a.bob = client.SignIn(t, a.g.URL, "bob")
	a.tab.Quiet(t)
}

// announce tells everybody something and takes it back.
func (a *adminWalk) announce(t *testing.T) {
	t.Helper()
	a.at(t, "/admin/announcements", "Announcements")
	a.fill(t, "text", "The disk is <b>full</b>.")
	a.fill(t, "severity", "danger")
	a.tab.Press(t, "Announce")
	a.says(t, "Announced.")
	a.tab.Shoot(t, "announced")
	read := func(path string) *client.Answer {
		return a.alice.Raw(t, http.MethodGet, path, nil, "Accept", "text/html")
	}
	await.That(t, soon, "alice to read it", func() error { return says(read("/"), "The disk is &lt;b&gt;full&lt;/b&gt;.") })
	a.fill(t, "text", "Only for the GPUs.")
	a.tab.Await(t, soon, "the partition to be chosen", `(() => { const s = document.querySelector("#scope"); s.value = [...s.options].find(o => o.value.endsWith("/gpu")).value; return true })()`)
	a.tab.Press(t, "Announce")
	a.says(t, "Only for the GPUs.")
	await.That(t, soon, "the form to say it", func() error { return says(read("/sessions/new"), "Only for the GPUs.") })
	if page := read("/tokens"); page.Says("Only for the GPUs.") {
		t.Errorf("it is said where it does not matter: %s", page)
	}
	for range 2 {
		a.tab.Press(t, "Withdraw")
		a.tab.Press(t, "Withdraw it")
		a.says(t, "The announcement was withdrawn")
	}
	await.That(t, soon, "alice not to read it any more", func() error {
		if read("/").Says("The disk is") {
			return fmt.Errorf("she still does")
		}
		return nil
	})
	a.tab.Quiet(t)
}

// limit forbids dave GPUs, looks at what that means, and allows them again.
func (a *adminWalk) limit(t *testing.T) {
	t.Helper()
	dave := client.SignIn(t, a.g.URL, "dave")
	request := map[string]any{"name": "big", "app": "notebook", "queue": "gpu", "gpus": 1, "cpus": 1, "time_limit": "10m"}
	a.at(t, "/admin/limits/new", "New limit")
	a.fill(t, "field", "gpus")
	a.fill(t, "kind", "user")
	a.fill(t, "name", "dave")
	wrong := a.carol.Form(t, "/admin/limits", url.Values{"field": {"gpus"}, "kind": {"user"}, "name": {"dave"}, "scope": {"/"}, "value": {"many"}})
	if wrong.Status != http.StatusUnprocessableEntity || !wrong.Says("whole number") || !wrong.Says(`value="many"`) {
		t.Errorf("a limit of many: %s", wrong)
	}
	a.fill(t, "value", "0")
	a.fill(t, "note", "until the course is over")
	a.tab.Press(t, "Save")
	a.says(t, "The limit is set")
	if got := dave.Send(t, http.MethodPost, "/api/v1/sessions", request); got.Status != http.StatusForbidden {
		t.Errorf("dave may still have GPUs: %s", got)
	}
	a.at(t, "/admin/limits/try?user=dave", "What would they be allowed?")
	a.says(t, "until the course is over")
	a.at(t, "/admin/limits?q=dave", "Limits")
	a.tab.Press(t, "GPUs at once")
	a.fill(t, "value", "1")
	a.tab.Press(t, "Save")
	a.says(t, "The limit is set")
	a.at(t, "/admin/limits?q=dave", "Limits")
	a.tab.Press(t, "GPUs at once")
	a.tab.Press(t, "Delete this limit")
	a.tab.Press(t, "Delete it")
	a.says(t, "The limit was deleted")
	a.tab.Quiet(t)
}

// maintain plans maintenance and cancels it.
func (a *adminWalk) maintain(t *testing.T) {
	t.Helper()
	a.at(t, "/admin/maintenance", "Maintenance")
	from := time.Now().UTC().AddDate(0, 0, 20)
	a.fill(t, "from", from.Format("2006-01-02T15:04"))
	a.fill(t, "text", "new switches")
	wrong := a.carol.Form(t, "/admin/maintenance", url.Values{"scope": {"/"}, "from": {"2030-01-02T00:00"}, "until": {"2030-01-01T00:00"}})
	if wrong.Status != http.StatusUnprocessableEntity || !wrong.Says("ends after it begins") {
		t.Errorf("maintenance that ends before it begins: %s", wrong)
	}
	a.fill(t, "until", from.Add(time.Hour).Format("2006-01-02T15:04"))
	a.tab.Press(t, "Plan it")
	a.says(t, "The maintenance is planned")
	a.tab.Press(t, "Cancel")
	a.tab.Press(t, "Cancel it")
	a.says(t, "The maintenance was removed")
	a.tab.Quiet(t)
}

// job runs one now.
func (a *adminWalk) job(t *testing.T) {
	t.Helper()
	a.at(t, "/admin/jobs/expire", "expire")
	a.tab.Press(t, "Run now")
	a.says(t, "Asked for")
	await.That(t, time.Minute, "the run", func() error {
		return says(a.carol.Raw(t, http.MethodGet, "/admin/jobs/expire", nil, "Accept", "text/html"), "carol</td>")
	})
}

// audit looks for everything that was done.
func (a *adminWalk) audit(t *testing.T) {
	t.Helper()
	a.at(t, "/admin/audit?by=carol", "Audit log")
	a.tab.Shoot(t, "audit")
	table := a.carol.Get(t, "/admin/audit.csv?by=carol")
	table.Must(t, http.StatusOK, nil)
	rows, err := csv.NewReader(strings.NewReader(string(table.Body))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]int{}
	for _, r := range rows[1:] {
		if r[2] != "carol" || r[6] == "" {
			t.Errorf("an entry of somebody else, or from nowhere: %v", r)
		}
		done[r[3]]++
	}
	for action, times := range map[string]int{
		"session.open": 1, "session.leave": 1, "session.stop": 1, "user.signout": 1, "user.revoke": 1, "announcement.add": 2,
		"announcement.withdraw": 2, "limit.set": 2, "limit.delete": 1, "maintenance.add": 1, "maintenance.delete": 1, "cron.run": 1,
	} {
		if done[action] != times {
			t.Errorf("%s is in the audit log %d times, not %d", action, done[action], times)
		}
	}
}

// nobodyElse asks for all of it as alice.
func (a *adminWalk) nobodyElse(t *testing.T) {
	t.Helper()
	for _, path := range []string{
		"", "/sessions", "/sessions/" + a.lab.ID, "/users", "/users/alice", "/groups", "/partitions", "/usage", "/limits", "/limits/new",
		"/limits/try?user=alice", "/maintenance", "/announcements", "/jobs", "/jobs/purge", "/health", "/drift", "/audit", "/audit.csv",
	} {
		got := a.alice.Raw(t, http.MethodGet, "/admin"+path, nil, "Accept", "text/html")
		if got.Status != http.StatusNotFound || got.Says("console-nav") {
			t.Errorf("alice: %s", got)
		}
	}
	for path, form := range map[string]url.Values{
		"/sessions/stop": {"id": {a.lab.ID}, "confirm": {"yes"}, "reason": {"because"}}, "/sessions/" + a.lab.ID + "/open": {"confirm": {"yes"}, "reason": {"because"}},
		"/users/bob/signout": {"confirm": {"yes"}}, "/users/bob/revoke": {"confirm": {"yes"}}, "/users/bob/stop": {"confirm": {"yes"}, "reason": {"because"}},
		"/announcements": {"text": {"x"}, "severity": {"info"}}, "/limits": {"field": {"gpus"}, "kind": {"everyone"}, "value": {"0"}},
		"/maintenance": {"from": {"2030-01-01T00:00"}, "until": {"2030-01-02T00:00"}}, "/jobs/purge/run": {},
	} {
		if got := a.alice.Form(t, "/admin"+path, form); got.Status != http.StatusNotFound {
			t.Errorf("alice: %s", got)
		}
	}
	a.bob.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
	if now := a.alice.Show(t, a.lab); now.State != "Ready" {
		t.Errorf("after all that alice's session is %s", now.State)
	}
}

// command does the same from a shell, as whoever may read the config.
func (a *adminWalk) command(t *testing.T) {
	t.Helper()
	run := func(want string, argv ...string) {
		t.Helper()
		out, code := a.g.Berth(t, "", append(argv, "--config", a.g.Dir()+"/berth.yaml")...)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("berth %s: %d, %q is not in:\n%s", strings.Join(argv, " "), code, want, out)
		}
	}
	other := a.alice.Ready(t, client.Small("third"))
	run(other.ID, "session", "list", "--user", "alice", "--state", "Ready")
	run(`"owner": "alice"`, "session", "list", "--text", "third", "--json")
	run("1 told to end", "session", "stop", other.ID, "--reason", "the rack moves")
	if ended := a.alice.Await(t, other, time.Minute, "Ended"); ended.Reason != "stopped_admin" {
		t.Errorf("it ended for %q", ended.Reason)
	}
	run("Bob Brandt", "user", "list", "bob")
	a.bob.WithToken(t)
	run("1 tokens revoked", "user", "revoke", "bob")
	run("", "announce", "--severity", "warning", "--until", "1h", "The", "rack", "moves.")
	run("The rack moves.", "announce", "list")
	run("the rack moves", "audit", "--action", "session.stop")
	run("command line", "audit", "--action", "user.revoke", "--json")
}
