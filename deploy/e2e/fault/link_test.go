package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// link is a gateway whose agents come through a relay.
type link struct {
	*site.Gateway
	way   *site.Relay
	alice *client.Client // her browser
	token *client.Client // her program
}

func startLink(t *testing.T, name string, edit func(*site.Config)) *link {
	t.Helper()
	l := &link{}
	apps, relayed := lightApp(t), site.FreeAddr(t)
	var direct string
	l.Gateway = site.Prepare(t, name, func(c *site.Config) {
		direct, c.AgentAddr = c.AgentListen, relayed
		c.Apps = apps
		if edit != nil {
			edit(c)
		}
	})
	l.way = site.NewRelay(t, "tcp", relayed, "tcp", direct)
	l.Run(t)
	l.AwaitReady(t)
	l.alice = client.SignIn(t, l.URL, "alice")
	l.token = l.alice.WithToken(t)
	l.Secret(l.token.Token)
	return l
}

// TestACutWay takes the agents' way away and gives it back.
func TestACutWay(t *testing.T) {
	t.Parallel()
	l := startLink(t, "cut", nil)
	notebook := l.token.Ready(t, on(onC3, client.Small("cut")))
	s := l.alice.Ready(t, on(onC3, light("cut-light")))
	before := ask(t, l.alice, s)
	k := startKernel(t, l.token, notebook)
	k.expect(t, l.token, "import threading, time\nn = 0\ndef count():\n    global n\n    while True: n += 1; time.sleep(.01)\nthreading.Thread(target=count, daemon=True).start()\nprint('counts')", "counts")
	talk := startChat(t, l.alice, s)

	l.way.Cut(t)
	if err := talk.awaitEnd(t, 5*time.Second); err == nil || politely(err) {
		t.Errorf("a WebSocket over a way that was cut ended with %v", err)
	}
	// Who comes first waits in vain for a while; who comes when it is about to be
	// mended waits with success.
	began := time.Now()
	vain := underWay(t, l.alice, s.At("who"))
	await.That(t, 15*time.Second, "the pages to say so", func() error {
		now := l.alice.Show(t, s)
		if now.State != "Ready" || now.Connected || !strings.HasPrefix(now.Headline, "Not connected since ") {
			return fmt.Errorf("it is %+v", now)
		}
		return nil
	})
	status, err := vain()
	took := time.Since(began)
	if status != http.StatusServiceUnavailable || took > 15*time.Second {
		t.Errorf("a request in the gap: %d, %v, after %s", status, err, took)
	}
	page := l.alice.Raw(t, http.MethodGet, s.At("who"), nil, "Accept", "text/html")
	if page.Status != http.StatusServiceUnavailable || page.Header.Get("Retry-After") == "" || !page.Says("Reconnecting") || !page.Says("comes back by itself") {
		t.Errorf("in the gap a person sees %s", page)
	}
	hopeful := underWay(t, l.alice, s.At("who"))
	mended := time.Now()
	l.way.Mend(t)
	await.That(t, 40*time.Second, "the agent to be back", connected(t, l.alice, s))
	back := time.Since(mended)
	status, err = hopeful()
	if status != http.StatusOK && back < 8*time.Second {
		t.Errorf("a request that waited: %d, %v", status, err)
	}
	t.Logf("in vain a request waits %s; the agent was back %s after the way was", took.Round(time.Millisecond), back.Round(time.Millisecond))
	l.whole(t, s, before)
	await.That(t, 40*time.Second, "the notebook's agent to be back", connected(t, l.alice, notebook))
	k.expect(t, l.token, "print(n > 1000)", "True")
}

// connected waits for a session that is Ready and whose agent is connected.
func connected(t *testing.T, c *client.Client, s client.Session) func() error {
	return func() error {
		if now := c.Show(t, s); now.State != "Ready" || !now.Connected {
			return fmt.Errorf("it is %s, %q", now.State, now.Headline)
		}
		return nil
	}
}

// whole expects the session's app to be the same as before, and of use in every
// way.
func (l *link) whole(t *testing.T, s client.Session, before who) {
	t.Helper()
	if now := ask(t, l.alice, s); now != before {
		t.Errorf("the app was %+v and is %+v", before, now)
	}
	talk := startChat(t, l.alice, s)
	await.That(t, 10*time.Second, "a new WebSocket to work", func() error {
		if talk.count() < 3 {
			return errors.New("it does not")
		}
		return nil
	})
	if _, _, err := talk.finish(); err != nil {
		t.Errorf("a new WebSocket: %v", err)
	}
	if now := l.alice.Show(t, s); now.State != "Ready" || now.Attempt != 1 || now.Headline != "Ready" {
		t.Errorf("the session is %+v", now)
	}
}

// TestAFrozenWay lets nothing through for a while. Nothing is lost: what waited
// goes on.
func TestAFrozenWay(t *testing.T) {
	t.Parallel()
	l := startLink(t, "frozen", nil)
	s := l.alice.Ready(t, light("frozen"))
	before := ask(t, l.alice, s)
	talk := startChat(t, l.alice, s)
	const span = 6 * time.Second
	l.way.Freeze(t)
	frozen := time.Now()
	rounds := talk.count()
	waiting := underWay(t, l.alice, s.At("who"))
	await.That(t, 2*span, "a while", func() error {
		if time.Since(frozen) < span {
			return errEarly
		}
		return nil
	})
	if now := talk.count(); now > rounds+1 {
		t.Errorf("%d words came through a frozen way", now-rounds)
	}
	if now := l.alice.Show(t, s); now.State != "Ready" {
		t.Errorf("the session is %+v", now)
	}
	l.way.Thaw(t)
	if status, err := waiting(); status != http.StatusOK {
		t.Errorf("a request that waited: %d, %v", status, err)
	}
	await.That(t, 10*time.Second, "the WebSocket to go on", func() error {
		if talk.count() < rounds+5 {
			return errors.New("it does not")
		}
		return nil
	})
	if _, _, err := talk.finish(); err != nil {
		t.Errorf("a WebSocket over a way that was frozen for %s: %v", span, err)
	}
	l.whole(t, s, before)
	if lines := linesOf(l.Log(t), "agent disconnected", s.ID); len(lines) > 0 {
		t.Errorf("the agent was cut off: %s", lines)
	}
}

// TestAForgottenWay loses every connection without a word to either side, as a
// firewall does. Both find out.
func TestAForgottenWay(t *testing.T) {
	t.Parallel()
	l := startLink(t, "forgotten", nil)
	s := l.alice.Ready(t, on(onC1, light("forgotten")))
	before := ask(t, l.alice, s)
	talk := startChat(t, l.alice, s)
	l.way.Strand(t)
	began := time.Now()
	waiting := underWay(t, l.alice, s.At("who"))
	status, err := waiting()
	t.Logf("a request over a connection that is no more: %d, %v, after %s", status, err, time.Since(began).Round(time.Millisecond))
	if status != http.StatusOK && status != http.StatusServiceUnavailable {
		t.Errorf("a request over a connection that is no more: %d, %v", status, err)
	}
	if err := talk.awaitEnd(t, 60*time.Second); err == nil {
		t.Error("a WebSocket over it came to a good end")
	}
	await.That(t, 60*time.Second, "requests to work again", func() error {
		if a := l.alice.Get(t, s.At("who")); a.Status != http.StatusOK {
			return fmt.Errorf("%s", a)
		}
		return nil
	})
	t.Logf("all works again %s after the connections were lost", time.Since(began).Round(time.Millisecond))
	await.That(t, 40*time.Second, "the agent to be connected", connected(t, l.alice, s))
	l.whole(t, s, before)
}
