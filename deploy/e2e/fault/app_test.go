package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

const appCommand = "app"

// who is what the app says of itself.
type who struct {
	PID      int
	Parent   int // the agent
	Job      string
	Node     string
	Restarts string
}

// goodbye is what the app prints when it is asked to end.
const goodbye = "the light app says goodbye"

// serveApp is an app that costs next to nothing.
func serveApp(socket string) int {
	if os.Getenv("LIGHT_POLITE") != "" {
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		go func() {
			<-asked
			fmt.Fprintln(os.Stderr, goodbye)
			os.Exit(0)
		}()
	}
	listener, err := net.Listen("unix", socket)
	if err == nil {
		err = http.Serve(listener, http.HandlerFunc(answer)) //nolint:gosec // only the agent can connect
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// eaten is more than a session of the app asks for.
var eaten []byte

func answer(w http.ResponseWriter, r *http.Request) {
	switch path.Base(r.URL.Path) {
	case "echo":
		echo(w, r)
	case "eat":
		eaten = make([]byte, 512<<20)
		for i := 0; i < len(eaten); i += 4096 {
			eaten[i] = 1
		}
	case "slow":
		span, _ := time.ParseDuration(r.URL.Query().Get("for"))
		select {
		case <-time.After(span):
		case <-r.Context().Done():
		}
	}
	_ = json.NewEncoder(w).Encode(who{
		PID: os.Getpid(), Parent: os.Getppid(), Job: os.Getenv("SLURM_JOB_ID"), Node: os.Getenv("SLURMD_NODENAME"), Restarts: os.Getenv("SLURM_RESTART_COUNT"),
	})
}

func echo(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.Close() }()
	for {
		kind, data, err := ws.ReadMessage()
		if err != nil || ws.WriteMessage(kind, data) != nil {
			return
		}
	}
}

// lightApp is the app's catalogue entry. The binary goes with the test.
func lightApp(t *testing.T) string {
	t.Helper()
	to := filepath.Join(site.Need(t).Folder(t), "app")
	if err := copySelf(to); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("  - id: light\n    name: Light\n    ready_path: who\n    command: [%q, %s, \"${SOCKET}\"]\n", to, appCommand)
}

func copySelf(path string) error {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer func() { _ = self.Close() }()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, self)
	return errors.Join(err, to.Chmod(0o755), to.Close())
}

// light asks for a session of the app.
func light(name string) map[string]any {
	request := client.Small(name)
	request["app"], request["memory"] = "light", "128M"
	return request
}

// The nodes have eight CPUs each, and other packages' tests use most of one's.
const (
	onC1 = "gpu" // and on lostNode, when c1 is full
	onC3 = "gpu-small"
)

// on puts a request into another queue.
func on(queue string, request map[string]any) map[string]any {
	request["queue"] = queue
	return request
}

// ask asks the session's app who it is.
func ask(t *testing.T, c *client.Client, s client.Session) who {
	t.Helper()
	var w who
	c.Get(t, s.At("who")).Must(t, http.StatusOK, &w)
	return w
}
