package site

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
)

// Gateway is a running gateway.
type Gateway struct {
	Config
	Cluster Cluster

	dir     string
	process *process
	secrets []string
}

var count atomic.Int64 // of gateways, so that no two share a name

// Start starts a gateway of the test's own and ends it, and every job of its
// sessions, with the test. With edit the test changes how it is configured.
func Start(t testing.TB, name string, edit func(*Config)) *Gateway {
	t.Helper()
	g := Prepare(t, name, edit)
	g.Run(t)
	g.AwaitReady(t)
	return g
}

// Prepare makes everything that a gateway needs, its schema included, but does
// not start it.
func Prepare(t testing.TB, name string, edit func(*Config)) *Gateway {
	t.Helper()
	c := Need(t)
	id := fmt.Sprintf("e2e-%s-%d", name, count.Add(1))
	g := &Gateway{Cluster: c, dir: filepath.Join(c.Dir, "tmp", id)}
	listen, agents := FreeAddr(t), FreeAddr(t)
	g.Config = Config{
		Name: name, Installation: id, Listen: listen, URL: "http://" + listen,
		AgentListen: agents, AgentAddr: agents,
		LDAPURL: c.LDAPURL, LDAPCA: c.LDAPCA, PasswordFile: filepath.Join(g.dir, "ldap-password"),
		StateDir: filepath.Join(g.dir, "state"), SlurmConf: c.SlurmConf, JupyterDir: filepath.Join(c.Dir, "jupyter"),
		ClaimTimeout: 5 * time.Minute, CommandTimeout: 10 * time.Second, PollInterval: time.Second, LostAfter: 10 * time.Minute,
		AgentCommand: []string{c.Binary, "agent"}, Binary: c.Binary,
	}
	var drop func()
	g.DatabaseURL, drop = c.database(t, id)
	direct := g.DatabaseURL
	t.Cleanup(func() { g.close(t, drop) })
	g.folders(t)
	if edit != nil {
		edit(&g.Config)
	}
	// The schema comes before any relay.
	relayed := g.DatabaseURL
	g.DatabaseURL = direct
	g.write(t)
	if out, code := g.Berth(t, "", "migrate"); code != 0 {
		t.Fatalf("berth migrate: exit status %d: %s", code, out)
	}
	g.DatabaseURL = relayed
	g.write(t)
	g.secrets = append(g.secrets, "berth-service")
	return g
}

func (g *Gateway) folders(t testing.TB) {
	t.Helper()
	who := credential(t, service)
	for _, dir := range []string{g.dir, g.StateDir} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	WriteFor(t, service, g.PasswordFile, "berth-service\n", 0o600)
}

// Dir is the gateway's folder; every user may look into it.
func (g *Gateway) Dir() string { return g.dir }

func (g *Gateway) file() string { return filepath.Join(g.dir, "berth.yaml") }

func (g *Gateway) write(t testing.TB) { WriteFor(t, service, g.file(), g.YAML(t), 0o644) }

// Run starts the process; it returns before it answers.
func (g *Gateway) Run(t testing.TB) {
	t.Helper()
	g.process = g.start(t)
}

// AwaitReady waits until the gateway is ready for requests.
func (g *Gateway) AwaitReady(t testing.TB) time.Duration {
	t.Helper()
	return g.await(t, "/readyz", http.StatusOK)
}

// AwaitAlive waits until the gateway answers at all.
func (g *Gateway) AwaitAlive(t testing.TB) time.Duration {
	t.Helper()
	return g.await(t, "/healthz", http.StatusOK)
}

// ended says how the process has ended; nil while it runs, or while somebody else
// runs it.
func (g *Gateway) ended() error {
	if g.process == nil {
		return nil
	}
	return g.process.gone()
}

func (g *Gateway) await(t testing.TB, path string, status int) time.Duration {
	t.Helper()
	// Whether the certificate is the right one is not the question here.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: 5 * time.Second, Transport: transport}
	return await.That(t, 30*time.Second, g.Name+" to answer "+path, func() error {
		if err := g.ended(); err != nil {
			return await.Never("the gateway has ended: %w\n%s", err, tail(g.Log(t), 30))
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL+path, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != status {
			return fmt.Errorf("%s answers %s", path, response.Status)
		}
		return nil
	})
}
