package fault

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// drainNotice is how long a gateway of a pair goes on after SIGTERM, and
// drainMost how long it may take in all.
const (
	drainNotice = 2 * time.Second
	drainMost   = drainNotice + 10*time.Second
)

// pair is two gateways of one installation. Every job waits until it is
// released.
type pair struct {
	a, b   *site.Gateway
	apps   string
	viaA   *client.Client // alice's browser
	viaB   *client.Client
	tokenA *client.Client // alice's program
	tokenB *client.Client
}

func startPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{apps: lightApp(t)}
	var key string
	configure := func(name string) func(*site.Config) {
		return func(c *site.Config) {
			c.Apps, c.SubmitArgs = p.apps, []string{"--hold"}
			if p.a == nil {
				key = filepath.Join(c.StateDir, "shared.key")
			} else {
				c.Installation, c.DatabaseURL = p.a.Installation, p.a.DatabaseURL
			}
			c.More = fmt.Sprintf("replica: %s\nkey_file: %s\ndrain_notice: %s\n", name, key, drainNotice)
		}
	}
	p.a = site.Start(t, "pair-a", configure("a"))
	p.b = site.Start(t, "pair-b", configure("b"))
	p.viaA = client.SignIn(t, p.a.URL, "alice")
	p.viaB = through(p.viaA, p.b)
	p.tokenA = p.viaA.WithToken(t)
	p.tokenB = through(p.tokenA, p.b)
	p.a.Secret(p.tokenA.Token)
	p.b.Secret(p.tokenA.Token)
	await.That(t, 15*time.Second, "each gateway to know the other", func() error {
		for _, g := range []*site.Gateway{p.a, p.b} {
			if lines := linesOf(g.Log(t), "msg=gateways", p.a.AgentAddr, p.b.AgentAddr); len(lines) == 0 {
				return fmt.Errorf("%s knows nobody", g.Name)
			}
		}
		return nil
	})
	return p
}

// through is the same person, with the same cookies or token, at another
// gateway: a load balancer's doing.
func through(c *client.Client, g *site.Gateway) *client.Client {
	other := *c
	other.Base = g.URL
	return &other
}

// ready launches a session through c, releases its job and waits for it.
func (p *pair) ready(t *testing.T, c *client.Client, request map[string]any) client.Session {
	t.Helper()
	s := c.Launch(t, request)
	p.release(t, c, s)
	return c.Await(t, s, time.Minute, "Ready")
}

func (p *pair) release(t *testing.T, c *client.Client, s client.Session) {
	t.Helper()
	queued := c.Await(t, s, 30*time.Second, "Queued")
	p.a.Cluster.Slurm(t, "scontrol", "release", queued.JobID)
}

// linesOf are the log's lines that hold all of the texts.
func linesOf(log string, texts ...string) []string {
	var found []string
	for line := range strings.Lines(log) {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			found = append(found, line)
		}
	}
	return found
}

// leads reports whether the gateway was the last to take the lead, by its log.
func leads(t *testing.T, g *site.Gateway, after int) bool {
	t.Helper()
	return strings.Contains(g.Log(t)[after:], "msg=leading")
}

// TestTwoGateways is an installation with two gateways on one database, each of
// which is lost in its turn.
func TestTwoGateways(t *testing.T) {
	t.Parallel()
	p := startPair(t)
	notebook := p.ready(t, p.tokenA, on(onC1, client.Small("shared")))
	p.eitherServes(t, notebook)
	k := startKernel(t, p.tokenA, notebook)
	k.expect(t, p.tokenA, "x = 41; print(x)", "41")
	k.expect(t, p.tokenB, "x += 1; print(x)", "42")
	p.changesAreSeen(t)

	leader, other := p.a, p.b
	if !leads(t, p.a, 0) {
		leader, other = p.b, p.a
	}
	if leads(t, other, 0) {
		t.Error("both lead")
	}
	s := p.ready(t, through(p.viaA, leader), on(onC1, light("carried")))
	p.leaderIsKilled(t, leader, other, s)
	p.jobOfTheDead(t, leader, other)
	leader.Run(t)
	leader.AwaitReady(t)
	p.comesBack(t, leader, s, "who")
	p.comesBack(t, leader, notebook, "api")
	k.expect(t, through(p.tokenA, leader), "print(x)", "42")
	p.endsPolitely(t, other, leader, s)
	k.expect(t, through(p.tokenA, leader), "x += 1; print(x)", "43")
	last := through(p.viaA, leader)
	for _, one := range []client.Session{s, notebook} {
		if now := last.Show(t, one); now.State != "Ready" || now.Attempt != 1 || !now.Connected {
			t.Errorf("in the end the session is %+v", now)
		}
	}
}

// eitherServes asks both gateways for everything that there is of a session
// which was launched through one.
func (p *pair) eitherServes(t *testing.T, s client.Session) {
	t.Helper()
	for _, g := range []*site.Gateway{p.a, p.b} {
		await.That(t, 10*time.Second, "the agent to be connected to "+g.Name, func() error {
			if len(linesOf(g.Log(t), `msg="agent connected"`, s.ID)) == 0 {
				return fmt.Errorf("it is not")
			}
			return nil
		})
		browser := through(p.viaA, g)
		for _, path := range []string{"/", "/sessions/new", "/tokens", s.Page(), "/api/v1/me", "/api/v1/sessions", "/api/v1/queues", s.Path(), s.Path() + "/log", s.At("api/status"), s.At("tree")} {
			began := time.Now()
			if a := browser.Get(t, path); a.Status != http.StatusOK {
				t.Errorf("through %s: %s", g.Name, a)
			} else if took := time.Since(began); took > 8*time.Second {
				t.Errorf("through %s: %s after %s", g.Name, path, took)
			}
		}
		if now := browser.Show(t, s); now.State != "Ready" || !now.Connected {
			t.Errorf("%s shows %+v", g.Name, now)
		}
	}
}

// changesAreSeen follows a session's events at one gateway while it is launched
// and stopped through the other.
func (p *pair) changesAreSeen(t *testing.T) {
	t.Helper()
	s := p.viaA.Launch(t, on(onC1, light("watched")))
	atB := p.viaB.Follow(t, s.Path()+"/events")
	atA := p.viaA.Follow(t, s.Path()+"/events")
	p.release(t, p.viaA, s)
	for name, stream := range map[string]*client.Stream{"A": atA, "B": atB} {
		stream.Until(t, 30*time.Second, "the session to be ready, at "+name, says("Ready"))
	}
	began := time.Now()
	if a := p.viaB.Send(t, http.MethodDelete, s.Path(), nil); a.Status/100 != 2 {
		t.Fatal(a)
	}
	for name, stream := range map[string]*client.Stream{"A": atA, "B": atB} {
		stream.Until(t, 30*time.Second, "the session's end, at "+name, says("Ended"))
	}
	t.Logf("stopped through B; both streams say Ended after %s", time.Since(began).Round(time.Millisecond))
	if ended := p.viaA.Show(t, s); ended.Reason != "stopped" {
		t.Errorf("what was stopped ended as %+v", ended)
	}
	p.a.Cluster.AwaitGone(t, s.JobID)
}

// says is true of an event with a session in that state.
func says(state string) func(client.Event) bool {
	return func(e client.Event) bool { return strings.Contains(e.Data, `"state":"`+state+`"`) }
}
