package e2e

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// badRequests asks for what cannot be: each answer has the right status and
// says which field, what was asked and what is possible.
func badRequests(t *testing.T, g *site.Gateway) {
	dave := client.SignIn(t, g.URL, "dave").WithToken(t)
	g.Secret(dave.Token)
	before := len(g.Jobs(t))
	for _, c := range []struct {
		name                   string
		change                 map[string]any
		field, asked, possible string // in the fault; "" for anything
	}{
		{"an unknown partition", map[string]any{"queue": "nowhere"}, "queue", "nowhere", "gpu-small"},
		{"an unknown app", map[string]any{"app": "excel"}, "app", "excel", "notebook"},
		{"an unknown cluster", map[string]any{"cluster": "moon"}, "cluster", "moon", "main"},
		{"five GPUs on nodes of four", map[string]any{"queue": "gpu", "gpus": 5}, "gpus", "5", "4"},
		{"a GPU where there are none", map[string]any{"queue": "cpu", "gpus": 1}, "gpus", "1", ""},
		{"a type that the partition has not", map[string]any{"queue": "gpu", "gpus": 1, "gpu_type": "v100"}, "gpu_type", "v100", "a100"},
		{"a time over the limit", map[string]any{"queue": "gpu-small", "time_limit": "9h"}, "time_limit", "9h", "8h"},
		{"nine CPUs on nodes of eight", map[string]any{"cpus": 9}, "cpus", "9", "8"},
		{"more memory than a node has", map[string]any{"memory": "2T"}, "memory", "2T", ""},
		{"no number", map[string]any{"cpus": "many"}, "cpus", "many", "number"},
		{"no time", map[string]any{"time_limit": "soon"}, "time_limit", "soon", ""},
		{"a time without a unit", map[string]any{"time_limit": 60}, "time_limit", "60", "1h30m"},
		{"a name that climbs", map[string]any{"name": "../../etc"}, "name", "../../etc", ""},
		{"a name that is an option", map[string]any{"name": "-oProxyCommand=x"}, "name", "-oProxyCommand=x", ""},
		{"a name with a line break", map[string]any{"name": "a\nb"}, "name", "", ""},
		{"an account with a line break", map[string]any{"account": "a\n#SBATCH --uid=0"}, "account", "", ""},
		{"a queue that is an option", map[string]any{"queue": "--uid=0"}, "queue", "--uid=0", ""},
		{"an unknown field", map[string]any{"gpu": 1}, "gpu", "", "gpus"},
		{"a list", map[string]any{"name": []string{"a"}}, "name", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			request := client.Small("bad")
			for field, value := range c.change {
				request[field] = value
			}
			p := dave.Send(t, http.MethodPost, "/api/v1/sessions", request).Problem(t, http.StatusUnprocessableEntity)
			fault, ok := p.Fault(c.field)
			if !ok {
				t.Fatalf("no fault about %s: %+v", c.field, p)
			}
			if fault.Message == "" || !strings.Contains(fault.Asked, c.asked) || !strings.Contains(fault.Possible+fault.Message, c.possible) {
				t.Errorf("the fault does not say what was asked (%s) and what is possible (%s): %+v", c.asked, c.possible, fault)
			}
			if p.RequestID == "" {
				t.Errorf("no request id: %+v", p)
			}
		})
	}
	brokenBodies(t, dave)
	badForms(t, client.SignIn(t, g.URL, "dave"))
	revokedToken(t, g)
	if after := len(g.Jobs(t)); after > before+20 {
		t.Errorf("bad requests have made jobs: %d before, %d now", before, after)
	}
	var list struct{ Sessions []client.Session }
	dave.Get(t, "/api/v1/sessions").Must(t, http.StatusOK, &list)
	for _, s := range list.Sessions {
		if s.Name == "bad" {
			t.Errorf("a bad request has made a session: %+v", s)
		}
	}
}

// brokenBodies are bodies that cannot be read at all.
func brokenBodies(t *testing.T, c *client.Client) {
	t.Helper()
	const path = "/api/v1/sessions"
	for _, b := range []struct {
		name, kind string
		body       []byte
		status     int
	}{
		{"broken JSON", "application/json", []byte(`{"name": "x",`), http.StatusBadRequest},
		{"a list", "application/json", []byte(`[]`), http.StatusBadRequest},
		{"nothing", "application/json", nil, http.StatusBadRequest},
		{"a form", "application/x-www-form-urlencoded", []byte(`name=x`), http.StatusUnsupportedMediaType},
		{"10 MB", "application/json", bytes.Repeat([]byte(" "), 10<<20), http.StatusRequestEntityTooLarge},
	} {
		t.Run(b.name, func(t *testing.T) {
			a, err := c.Try(t, http.MethodPost, path, bytes.NewReader(b.body), "Content-Type", b.kind)
			if err != nil {
				t.Fatal(err)
			}
			if p := a.Problem(t, b.status); p.Title == "" {
				t.Error(a)
			}
		})
	}
}

// badForms shows that the page's form says the same, and keeps what was filled
// in.
func badForms(t *testing.T, c *client.Client) {
	t.Helper()
	for _, f := range []struct{ name, field, value, says string }{
		{"five GPUs in the form", "gpus", "5", "4"},
		{"an unknown partition in the form", "queue", "nowhere", "gpu-small"},
		{"a time over the limit in the form", "time_limit", "9d", "2d"},
		{"a name that climbs in the form", "name", "../x", "name"},
	} {
		t.Run(f.name, func(t *testing.T) {
			form := url.Values{"name": {"kept-by-the-form"}, "app": {"notebook"}, "queue": {"gpu"}, "gpus": {"1"}, "cpus": {"1"}, "memory": {"512M"}, "time_limit": {"1h"}}
			form.Set(f.field, f.value)
			a := c.Form(t, "/sessions", form)
			if a.Status != http.StatusUnprocessableEntity || !a.Says(f.says) || !a.Says(`href="#f-`+f.field) {
				t.Errorf("the form does not say %q about %s: %s", f.says, f.field, a)
			}
			if f.field != "name" && !a.Says("kept-by-the-form") {
				t.Error("the form has lost what was filled in")
			}
		})
	}
	big := c.Form(t, "/sessions", url.Values{"name": {strings.Repeat("x", 10<<20)}})
	if big.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 10 MB: %s", big)
	}
}

// revokedToken uses a token after its end.
func revokedToken(t *testing.T, g *site.Gateway) {
	t.Helper()
	browser := client.SignIn(t, g.URL, "dave")
	var made struct{ ID, Token string }
	browser.Send(t, http.MethodPost, "/api/v1/tokens", map[string]any{"name": "short-lived"}).Must(t, http.StatusCreated, &made)
	g.Secret(made.Token)
	program := client.Anonymous(t, g.URL)
	program.Token = made.Token
	program.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
	browser.Send(t, http.MethodDelete, "/api/v1/tokens/"+made.ID, nil).Must(t, http.StatusNoContent, nil)
	if p := program.Get(t, "/api/v1/me").Problem(t, http.StatusUnauthorized); !strings.Contains(p.Detail, "token") {
		t.Errorf("a token that was revoked: %+v", p)
	}
}
