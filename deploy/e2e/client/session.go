package client

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
)

// Session is a session as the API shows it.
type Session struct {
	ID        string
	Name      string
	Owner     string
	App       string
	Cluster   string
	Queue     string
	State     string
	Headline  string
	URL       string
	Reason    string
	Detail    string
	Node      string
	JobID     string `json:"job_id"`
	TimeLimit string `json:"time_limit"`
	Attempt   int
	Connected bool `json:"agent_connected"`
	Resources struct {
		Nodes, CPUs, GPUs int
		Memory            int64
		GPUType           string `json:"gpu_type"`
	}
	CreatedAt *time.Time `json:"created_at"`
	StartedAt *time.Time `json:"started_at"`
	ReadyAt   *time.Time `json:"ready_at"`
	EndedAt   *time.Time `json:"ended_at"`
	ExitCode  *int       `json:"exit_code"`
	Signal    *int
}

// Path is the session's object in the API.
func (s Session) Path() string { return "/api/v1/sessions/" + s.ID }

// Page is the session's page.
func (s Session) Page() string { return "/sessions/" + s.ID }

// At is a path of the session's app.
func (s Session) At(path string) string { return "/user/" + s.Owner + "/" + s.Name + "/" + path }

// Small is a request for little: the test machine has two cores.
func Small(name string) map[string]any {
	return map[string]any{"name": name, "app": "notebook", "queue": "cpu", "cpus": 1, "memory": "512M", "time_limit": "30m"}
}

// Launch launches a session and ends it with the test.
func (c *Client) Launch(t testing.TB, request map[string]any) Session {
	t.Helper()
	var s Session
	c.Send(t, http.MethodPost, "/api/v1/sessions", request).Must(t, http.StatusCreated, &s)
	t.Cleanup(func() { c.tidy(t, s) })
	return s
}

// tidy stops a session when the test, and with it its context, is over. Where
// the test has ended the gateway, the gateway's own cleanup ends the job.
func (c *Client) tidy(t testing.TB, s Session) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.Base+s.Path(), nil)
	if err != nil {
		t.Error(err)
		return
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if response, err := c.HTTP.Do(request); err == nil {
		_ = response.Body.Close()
	}
}

// Show reads the session anew.
func (c *Client) Show(t testing.TB, s Session) Session {
	t.Helper()
	var now Session
	c.Get(t, s.Path()).Must(t, http.StatusOK, &now)
	return now
}

// Await waits until the session is in one of the states. When it ends instead,
// the test ends with the session's own words.
func (c *Client) Await(t testing.TB, s Session, within time.Duration, states ...string) Session {
	t.Helper()
	var now Session
	await.That(t, within, fmt.Sprintf("%s to be %s", s.Name, strings.Join(states, " or ")), func() error {
		now = c.Show(t, s)
		switch {
		case slices.Contains(states, now.State):
			return nil
		case now.State == "Ended":
			return await.Never("it is Ended (%s: %s)\n%s", now.Reason, now.Detail, c.LogText(t, s))
		}
		return fmt.Errorf("it is %s (%s)", now.State, now.Headline)
	})
	return now
}

// Ready launches a session and waits until it can be used.
func (c *Client) Ready(t testing.TB, request map[string]any) Session {
	t.Helper()
	return c.Await(t, c.Launch(t, request), 2*time.Minute, "Ready")
}

// Stop asks for the session's end and waits for it.
func (c *Client) Stop(t testing.TB, s Session) Session {
	t.Helper()
	if a := c.Send(t, http.MethodDelete, s.Path(), nil); a.Status/100 != 2 {
		t.Fatal(a)
	}
	return c.Await(t, s, time.Minute, "Ended")
}

// LogText is the end of the session's log, as text.
func (c *Client) LogText(t testing.TB, s Session) string {
	t.Helper()
	return string(c.Raw(t, http.MethodGet, s.Path()+"/log", nil, "Accept", "text/plain").Body)
}
