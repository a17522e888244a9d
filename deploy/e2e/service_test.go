package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestRestartRefusesNobody restarts a gateway whose sockets stay open, as those
// of berth.socket do, while browsers come all the time.
func TestRestartRefusesNobody(t *testing.T) {
	t.Parallel()
	var manager *net.UnixConn
	g := site.Prepare(t, "sockets", func(c *site.Config) {
		c.Sockets = []site.Socket{site.OpenSocket(t, "browsers", c.Listen), site.OpenSocket(t, "agents", c.AgentListen)}
		path := filepath.Join(filepath.Dir(c.PasswordFile), "notify")
		var err error
		if manager, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = manager.Close() })
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
		c.Env = []string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=200000"}
	})
	g.Run(t)
	hear(t, manager, "READY=1")
	hear(t, manager, "WATCHDOG=1")
	g.AwaitReady(t)

	coming, stay := context.WithCancel(t.Context())
	visits := make(chan visited, 1)
	go func() { visits <- visit(coming, g.URL+"/healthz") }()
	g.Terminate(t)
	hear(t, manager, "STOPPING=1")
	if err := g.Wait(t, 30*time.Second); err != nil {
		t.Errorf("the gateway did not end well: %v", err)
	}
	g.Run(t)
	hear(t, manager, "READY=1")
	g.AwaitReady(t)
	stay()
	seen := <-visits
	if seen.err != nil || seen.good == 0 {
		t.Errorf("after %d good visits: %v", seen.good, seen.err)
	}
	t.Logf("%d visits, none refused", seen.good)
}

// hear waits until the gateway tells its manager something.
func hear(t *testing.T, manager *net.UnixConn, want string) {
	t.Helper()
	if err := manager.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 100)
	for {
		n, err := manager.Read(buffer)
		if err != nil {
			t.Fatalf("waiting for %s: %v", want, err)
		}
		if string(buffer[:n]) == want {
			return
		}
	}
}

type visited struct {
	good int
	err  error
}

// visit asks for a page over a new connection each time, until it is told to
// end or something goes wrong.
func visit(ctx context.Context, address string) (v visited) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	for ctx.Err() == nil {
		if v.err = once(client, address); v.err != nil {
			return v
		}
		v.good++
	}
	return v
}

func once(client *http.Client, address string) error {
	request, err := http.NewRequest(http.MethodGet, address, nil) // the last one is answered too
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}
