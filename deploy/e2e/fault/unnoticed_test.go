package fault

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestALinkLostUnnoticed cuts an agent off and kills the gateway before it can
// write that down. The next gateway finds a row that says that the agent is
// connected, and corrects it after a while, and again when the agent comes back.
func TestALinkLostUnnoticed(t *testing.T) {
	t.Parallel()
	var database *site.Relay
	l := startLink(t, "unnoticed", func(c *site.Config) {
		u, err := url.Parse(c.DatabaseURL)
		if err != nil {
			t.Fatal(err)
		}
		const socket = ".s.PGSQL.5432"
		sockets := site.Need(t).Folder(t)
		database = site.NewRelay(t, "unix", filepath.Join(sockets, socket), "unix", filepath.Join(u.Query().Get("host"), socket))
		u.RawQuery = url.Values{"host": {sockets}}.Encode()
		c.DatabaseURL = u.String()
	})
	s := l.alice.Ready(t, on(onC3, light("unnoticed")))
	before := ask(t, l.alice, s)

	database.Cut(t)
	l.way.Cut(t)
	await.That(t, 20*time.Second, "the link's end to be noticed", func() error {
		if len(linesOf(l.Log(t), `msg="agent disconnected"`, s.ID)) == 0 {
			return errors.New("it is not")
		}
		return nil
	})
	l.Kill(t)
	database.Mend(t)
	l.Run(t)
	l.AwaitReady(t)
	if now := l.alice.Show(t, s); !now.Connected {
		t.Fatal("it was written down all the same")
	}
	began := time.Now()
	await.That(t, 2*time.Minute, "the row to be corrected", func() error {
		if now := l.alice.Show(t, s); now.Connected || now.State != "Ready" {
			return fmt.Errorf("it is %+v", now)
		}
		return nil
	})
	t.Logf("corrected %s after the gateway was ready", time.Since(began).Round(time.Second))
	l.way.Mend(t)
	await.That(t, 40*time.Second, "the agent to come back", connected(t, l.alice, s))
	if now := ask(t, l.alice, s); now != before {
		t.Errorf("the app was %+v and is %+v", before, now)
	}
}
