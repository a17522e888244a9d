package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestOutages takes away, one after the other, everything that a gateway leans
// on, while a notebook runs. Each time people are told what is the matter, the
// notebook goes on, nothing is lost, and all works again afterwards.
func TestOutages(t *testing.T) {
	t.Parallel()
	o := startOutages(t)
	t.Run("the directory", o.noDirectory)
	t.Run("the scheduler", o.noScheduler)
	t.Run("the database", o.noDatabase)
	t.Run("the agents' way", o.noAgents)
	if now := o.alice.Show(t, o.running); now.State != "Ready" || now.JobID != o.running.JobID {
		t.Errorf("after all outages the session is %+v", now)
	}
	o.alice.Stop(t, o.running)
}

// outages is a gateway that reaches everything through relays.
type outages struct {
	*site.Gateway
	directory, scheduler, database, agents *site.Relay

	alice   *client.Client
	running client.Session
}

func startOutages(t *testing.T) *outages {
	t.Helper()
	c := site.Need(t)
	o := &outages{}
	// The relays come first, so that they outlive the gateway.
	ldap, slurm, agent := site.FreeAddr(t), site.FreeAddr(t), site.FreeAddr(t)
	o.directory = site.NewRelay(t, "tcp", ldap, "tcp", strings.TrimPrefix(c.LDAPURL, "ldap://"))
	slurmConf, controller := c.SlurmConfVia(t, slurm)
	o.scheduler = site.NewRelay(t, "tcp", slurm, "tcp", controller)
	sockets := c.Folder(t)
	var agents, socket string
	o.Gateway = site.Prepare(t, "outages", func(k *site.Config) {
		agents, k.AgentAddr = k.AgentListen, agent
		k.LDAPURL, k.SlurmConf, k.CommandTimeout = "ldap://"+ldap, slurmConf, 4*time.Second
		u, err := url.Parse(k.DatabaseURL)
		if err != nil {
			t.Fatal(err)
		}
		socket = filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432")
		u.RawQuery = url.Values{"host": {sockets}}.Encode()
		k.DatabaseURL = u.String()
	})
	o.database = site.NewRelay(t, "unix", filepath.Join(sockets, ".s.PGSQL.5432"), "unix", socket)
	o.agents = site.NewRelay(t, "tcp", agent, "tcp", agents)
	o.Run(t)
	o.AwaitReady(t)
	o.alice = client.SignIn(t, o.URL, "alice")
	o.running = o.alice.Ready(t, client.Small("steady"))
	return o
}

// notebook expects that alice's notebook answers.
func (o *outages) notebook(t *testing.T) {
	t.Helper()
	if a := o.alice.Get(t, o.running.At("api/status")); a.Status != http.StatusOK {
		t.Errorf("the notebook: %s", a)
	}
}

func (o *outages) noDirectory(t *testing.T) {
	o.directory.Cut(t)
	a := client.Anonymous(t, o.URL).Login(t, "bob", "bob")
	if a.Status != http.StatusServiceUnavailable || !a.Says("directory") || a.Says("wrong") {
		t.Errorf("a sign-in without the directory: %s", a)
	}
	o.notebook(t)
	o.alice.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
	o.directory.Mend(t)
	await.That(t, 30*time.Second, "sign-ins to work again", func() error {
		return is(client.Anonymous(t, o.URL).Login(t, "bob", "bob"), http.StatusSeeOther)
	})
}

func (o *outages) noScheduler(t *testing.T) {
	doomed := o.alice.Ready(t, client.Small("doomed"))
	o.scheduler.Cut(t)
	launch := o.alice.Send(t, http.MethodPost, "/api/v1/sessions", client.Small("unlucky"))
	p := launch.Problem(t, http.StatusServiceUnavailable)
	if launch.Header.Get("Retry-After") == "" || !strings.Contains(strings.ToLower(p.Title+p.Detail), "scheduler") {
		t.Errorf("a launch without the scheduler: %s", launch)
	}
	form := url.Values{"name": {"unlucky-form"}, "app": {"notebook"}, "queue": {"cpu"}, "cpus": {"1"}, "memory": {"512M"}}
	if a := o.alice.Form(t, "/sessions", form); a.Status != http.StatusServiceUnavailable || !a.Says("scheduler does not answer") || !a.Says("unlucky-form") {
		t.Errorf("the form without the scheduler: %s", a)
	}
	await.That(t, 30*time.Second, "the pages to say so", func() error {
		return says(o.alice.Raw(t, http.MethodGet, "/", nil, "Accept", "text/html"), "scheduler")
	})
	o.notebook(t)
	if now := o.alice.Show(t, o.running); now.State != "Ready" {
		t.Errorf("without the scheduler the session is %s", now.State)
	}
	// A stop needs the scheduler's help only when the agent cannot do it.
	if a := o.alice.Send(t, http.MethodDelete, doomed.Path(), nil); a.Status/100 != 2 {
		t.Errorf("a stop without the scheduler: %s", a)
	}
	o.alice.Await(t, doomed, time.Minute, "Stopping", "Ended")
	o.scheduler.Mend(t)
	if ended := o.alice.Await(t, doomed, time.Minute, "Ended"); ended.Reason != "stopped" {
		t.Errorf("what was stopped without the scheduler ended as %+v", ended)
	}
	o.Cluster.AwaitGone(t, doomed.JobID)
	var s client.Session
	await.That(t, 30*time.Second, "launches to work again", func() error {
		a := o.alice.Send(t, http.MethodPost, "/api/v1/sessions", client.Small("unlucky"))
		if err := is(a, http.StatusCreated); err != nil {
			return err
		}
		a.Must(t, http.StatusCreated, &s)
		return nil
	})
	o.alice.Await(t, s, time.Minute, "Ready")
	if jobs := o.Jobs(t); len(jobs) != 2 {
		t.Errorf("%d jobs for two sessions: %v", len(jobs), jobs)
	}
	o.alice.Stop(t, s)
}

func (o *outages) noDatabase(t *testing.T) {
	o.notebook(t) // she is at work when it happens
	o.database.Cut(t)
	cut := time.Now()
	for _, path := range []string{"/", "/tokens", o.running.Page(), "/api/v1/sessions", o.running.Path()} {
		a := o.alice.Get(t, path)
		if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("without the database: %s (Retry-After %q)", a, a.Header.Get("Retry-After"))
		}
	}
	if a := client.Anonymous(t, o.URL).Login(t, "bob", "bob"); a.Status != http.StatusServiceUnavailable {
		t.Errorf("a sign-in without the database: %s", a)
	}
	if a := o.alice.Get(t, "/readyz"); a.Status != http.StatusServiceUnavailable {
		t.Error(a)
	}
	// Longer than anything is kept for a moment.
	await.That(t, 30*time.Second, "the notebook to have gone on for a while", func() error {
		if err := is(o.alice.Get(t, o.running.At("api/status")), http.StatusOK); err != nil {
			return await.Never("%s after the database went: %w", time.Since(cut).Round(time.Millisecond), err)
		}
		if time.Since(cut) < 8*time.Second {
			return errEarly
		}
		return nil
	})
	o.database.Mend(t)
	await.That(t, 30*time.Second, "the pages to come back", func() error {
		return is(o.alice.Get(t, o.running.Page()), http.StatusOK)
	})
	o.AwaitReady(t)
	if now := o.alice.Show(t, o.running); now.State != "Ready" {
		t.Errorf("after the database's absence the session is %s", now.State)
	}
	// On a busy machine the scheduler's commands may just have taken too long.
	await.That(t, 30*time.Second, "launches to be taken", func() error {
		if a := o.alice.Get(t, "/api/v1/queues"); !a.Says(`"down_since":null`) {
			return fmt.Errorf("%s", a)
		}
		return nil
	})
	s := o.alice.Ready(t, client.Small("after-the-database"))
	o.alice.Stop(t, s)
}

// noAgents cuts the way between the agents and the gateway: requests that come
// meanwhile wait.
func (o *outages) noAgents(t *testing.T) {
	o.agents.Cut(t)
	await.That(t, 30*time.Second, "the gateway to notice", func() error {
		if o.alice.Show(t, o.running).Connected {
			return errStillConnected
		}
		return nil
	})
	var sent, answered sync.WaitGroup
	for range 4 {
		sent.Add(1)
		answered.Go(func() {
			trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { sent.Done() }}
			request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, o.URL+o.running.At("api/status"), nil)
			if err != nil {
				t.Error(err)
				return
			}
			response, err := o.alice.HTTP.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("a request in the gap is answered %s", response.Status)
			}
		})
	}
	sent.Wait()
	mended := time.Now()
	o.agents.Mend(t)
	answered.Wait()
	t.Logf("answered %s after the way was there again", time.Since(mended).Round(time.Millisecond))
}

// TestNoCommands is a gateway on a machine without Slurm's commands.
func TestNoCommands(t *testing.T) {
	t.Parallel()
	g := site.Prepare(t, "no-commands", func(c *site.Config) {
		c.BinDir = filepath.Join(filepath.Dir(c.StateDir), "bin")
		if err := os.Mkdir(c.BinDir, 0o755); err != nil {
			t.Fatal(err)
		}
	})
	g.Run(t)
	g.AwaitAlive(t)
	if a := client.Anonymous(t, g.URL).Get(t, "/readyz"); a.Status != http.StatusServiceUnavailable || !a.Says("cluster") {
		t.Error(a)
	}
	bob := client.SignIn(t, g.URL, "bob")
	if a := bob.Get(t, "/sessions/new"); a.Status != http.StatusOK || !a.Says("scheduler") {
		t.Errorf("the form: %s", a)
	}
	a := bob.Send(t, http.MethodPost, "/api/v1/sessions", client.Small("nothing"))
	if p := a.Problem(t, http.StatusServiceUnavailable); !strings.Contains(strings.ToLower(p.Title+p.Detail), "scheduler") {
		t.Errorf("a launch: %s", a)
	}
	await.That(t, 20*time.Second, "the log to name what is missing", func() error {
		return says(&client.Answer{Body: []byte(g.Log(t))}, g.BinDir)
	})
}
