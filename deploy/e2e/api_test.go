package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// sessionByAPI is the life of a session as a program sees it, by JSON alone.
func sessionByAPI(t *testing.T, g *site.Gateway) {
	alice := client.SignIn(t, g.URL, "alice").WithToken(t)
	g.Secret(alice.Token)
	var me struct {
		Name, Via string
		Admin     bool
	}
	alice.Get(t, "/api/v1/me").Must(t, http.StatusOK, &me)
	if me.Name != "alice" || me.Via != "token" || me.Admin {
		t.Errorf("me: %+v", me)
	}
	awaitFree(t, alice, "gpu-small", "v100", 2)

	began := time.Now()
	s := alice.Launch(t, map[string]any{
		"name": "by-api", "app": "notebook", "queue": "gpu-small", "gpus": 1, "gpu_type": "v100",
		"cpus": 1, "memory": "512M", "time_limit": "1h30m",
	})
	if s.Owner != "alice" || s.Name != "by-api" || s.App != "notebook" || s.Cluster != "main" || s.Queue != "gpu-small" ||
		s.ID == "" || s.CreatedAt == nil || s.TimeLimit != "1h30m" || s.URL != g.URL+s.At("") ||
		s.Resources.GPUs != 1 || s.Resources.GPUType != "v100" || s.Resources.CPUs != 1 || s.Resources.Memory != 512<<20 {
		t.Errorf("the new session is %+v", s)
	}
	stream := alice.Follow(t, s.Path()+"/events")
	events := stream.Until(t, time.Minute, "Ready", stateIs("Ready"))
	t.Logf("ready %s after the request", time.Since(began).Round(time.Millisecond))
	if states := statesOf(t, events); !slices.IsSorted(states) {
		t.Errorf("the states came in the order %v", states)
	}
	ready := alice.Show(t, s)
	if ready.JobID == "" || ready.Node != "c3" || ready.StartedAt == nil || ready.ReadyAt == nil || !ready.Connected || ready.EndedAt != nil {
		t.Errorf("the session that is Ready is %+v", ready)
	}
	// Slurm writes GPUs as gres:gpu:v100:1 or gres/gpu:v100:1, by its version.
	if job := g.Cluster.Slurm(t, "squeue", "-h", "-j", ready.JobID, "-o", "%u %P %C %l %b"); !strings.HasPrefix(job, "alice gpu-small 1 1:30:00 gres") || !strings.Contains(job, "gpu:v100:1") {
		t.Errorf("the job is %q", job)
	}
	awaitFree(t, alice, "gpu-small", "v100", 1)
	logHasLines(t, alice, s, stream, events)
	isListed(t, alice, s)

	if a := alice.Send(t, http.MethodDelete, s.Path(), nil); a.Status/100 != 2 {
		t.Fatal(a)
	}
	stream.Until(t, time.Minute, "Ended", stateIs("Ended"))
	if rest := stream.Ended(t, 10*time.Second); len(rest) == 0 || rest[len(rest)-1].Name != "end" {
		t.Errorf("the stream ends with %v", rest)
	}
	ended := alice.Show(t, s)
	if ended.State != "Ended" || ended.Reason != "stopped" || ended.EndedAt == nil {
		t.Errorf("the session that was stopped is %+v", ended)
	}
	// Jupyter is asked once, and ends as it likes.
	if text := alice.LogText(t, s); ended.ExitCode == nil || *ended.ExitCode != 0 || strings.Contains(text, "Traceback") {
		t.Errorf("the notebook that was stopped ended with %+v and printed %s", ended, text)
	}
	g.Cluster.AwaitGone(t, ready.JobID)
	if a := alice.Send(t, http.MethodDelete, s.Path(), nil); a.Status/100 != 2 {
		t.Errorf("a second end: %s", a)
	}
}

// awaitFree waits until a queue says that so many of its GPUs are free.
func awaitFree(t *testing.T, c *client.Client, queue, kind string, free int) {
	t.Helper()
	await.That(t, 30*time.Second, fmt.Sprintf("%d %s to be free", free, kind), func() error {
		var list struct {
			Queues []struct {
				Name string
				GPUs []struct {
					Type        string
					Total, Free int
				}
			}
		}
		a := c.Get(t, "/api/v1/queues")
		a.Must(t, http.StatusOK, &list)
		for _, q := range list.Queues {
			for _, gpu := range q.GPUs {
				if q.Name == queue && gpu.Type == kind && gpu.Total == 2 && gpu.Free == free {
					return nil
				}
			}
		}
		return errors.New(a.String())
	})
}

func logHasLines(t *testing.T, c *client.Client, s client.Session, stream *client.Stream, before []client.Event) {
	t.Helper()
	isLog := func(e client.Event) bool { return e.Name == "log" }
	if !slices.ContainsFunc(before, isLog) {
		stream.Until(t, 30*time.Second, "a line of the log", isLog)
	}
	if text := c.LogText(t, s); !strings.Contains(text, "Jupyter Notebook") {
		t.Errorf("the log is %q", text)
	}
	var tail struct {
		Lines []struct {
			Text string
			Seq  int
		}
	}
	c.Get(t, s.Path()+"/log?tail=1").Must(t, http.StatusOK, &tail)
	if len(tail.Lines) != 1 || tail.Lines[0].Text == "" {
		t.Fatalf("a tail of one line is %+v", tail)
	}
	// Who comes back says which line was the last, and gets none twice.
	resumed := c.Follow(t, s.Path()+"/events", "Last-Event-ID", strconv.Itoa(tail.Lines[0].Seq-1))
	if first := resumed.Until(t, 30*time.Second, "the last line again", isLog); first[len(first)-1].ID != strconv.Itoa(tail.Lines[0].Seq) {
		t.Errorf("after line %d comes %v", tail.Lines[0].Seq-1, first)
	}
}

func isListed(t *testing.T, c *client.Client, s client.Session) {
	t.Helper()
	var list struct{ Sessions []client.Session }
	c.Get(t, "/api/v1/sessions").Must(t, http.StatusOK, &list)
	if !slices.ContainsFunc(list.Sessions, func(one client.Session) bool { return one.ID == s.ID }) {
		t.Errorf("%s is not in the list", s.ID)
	}
	for _, one := range list.Sessions {
		if one.Owner != c.User {
			t.Errorf("%s sees a session of %s", c.User, one.Owner)
		}
	}
}

func stateIs(state string) func(client.Event) bool {
	return func(e client.Event) bool {
		var s client.Session
		return e.Name == "state" && json.Unmarshal([]byte(e.Data), &s) == nil && s.State == state
	}
}

// statesOf are the states that a stream told, as places in a life.
func statesOf(t *testing.T, events []client.Event) []int {
	t.Helper()
	var order []int
	for _, e := range events {
		if e.Name != "state" {
			continue
		}
		var s client.Session
		if err := json.Unmarshal([]byte(e.Data), &s); err != nil {
			t.Fatal(err)
		}
		order = append(order, slices.Index([]string{"Requested", "Queued", "Starting", "Ready", "Stopping", "Ended"}, s.State))
	}
	return order
}
