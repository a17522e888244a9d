package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/api/client"
	"github.com/berth-hpc/berth/gateway/session"
)

// gateway answers as told.
func gateway(t *testing.T, h http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL+"/", "secret")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, fine := range map[string]bool{
		"https://berth.example.org": true, "https://berth.example.org/": true, "http://127.0.0.1:8000": true,
		"berth.example.org": false, "ftp://berth.example.org": false, "https://": false, "": false,
		"https://user:pass@berth.example.org": false, "https://berth.example.org/path": false, "https://berth.example.org?x": false,
	} {
		if _, err := client.New(address, ""); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// The token stays with the host that it is for.
func TestTokenGoesNowhereElse(t *testing.T) {
	t.Parallel()
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(other.Close)
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Error("no token")
		}
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	if _, err := c.Me(t.Context()); !errors.Is(err, client.ErrElsewhere) || reached {
		t.Errorf("%v, the other was asked: %v", err, reached)
	}
}

func TestRefusalIsWhole(t *testing.T) {
	t.Parallel()
	c := gateway(t, func(w http.ResponseWriter, _ *http.Request) {
		api.WriteProblem(w, api.Problem{Status: 422, Title: "The request cannot be met", Detail: "two faults", Errors: []session.Fault{
			{Field: "gpus", Message: "9 GPUs asked"}, {Field: "memory", Message: "lots is no amount"},
		}})
	})
	_, err := c.Launch(t.Context(), map[string]string{"gpus": "9"})
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != 422 || len(p.Errors) != 2 || !strings.Contains(err.Error(), "9 GPUs asked") {
		t.Error(err)
	}
	c = gateway(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>proxy", http.StatusBadGateway) })
	if _, err = c.Me(t.Context()); !errors.As(err, &p) || p.Title != "Bad Gateway" {
		t.Error(err)
	}
	c = gateway(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	if _, err = c.Me(t.Context()); err == nil {
		t.Error("a page was taken for an answer")
	}
}

func TestListGoesOverPages(t *testing.T) {
	t.Parallel()
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"": `"b"`, "b": `"c"`, "c": "null"}[r.URL.Query().Get("after")]
		_, _ = fmt.Fprintf(w, `{"sessions":[{"id":"x%s","name":"n%s"}],"next":%s}`, r.URL.Query().Get("after"), r.URL.Query().Get("after"), next)
	})
	found, err := c.Sessions(t.Context(), true, 100)
	if err != nil || len(found) != 3 {
		t.Errorf("%d sessions, %v", len(found), err)
	}
	if found, err = c.Sessions(t.Context(), true, 2); err != nil || len(found) != 2 {
		t.Errorf("%d sessions, %v", len(found), err)
	}
	if s, err := c.Find(t.Context(), "nc"); err != nil || s.Name != "nc" {
		t.Error(s, err)
	}
	if _, err := c.Find(t.Context(), "nothing"); err == nil {
		t.Error("found what is not there")
	}
}

// A stream that breaks is taken up after the line that was last.
func TestFollowBridgesBreaks(t *testing.T) {
	t.Parallel()
	calls := 0
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		w.Header().Set("Content-Type", "text/event-stream")
		switch {
		case calls == 1:
			_, _ = io.WriteString(w, ": a sign of life\n\nevent: state\ndata: {\"state\":\"Ready\"}\n\nid: 7\nevent: log\ndata: {\"seq\":7,\"text\":\"one\"}\n\nevent: log\ndata: {\"se")
		case r.Header.Get("Last-Event-ID") != "7":
			t.Errorf("taken up after %q", r.Header.Get("Last-Event-ID"))
			fallthrough
		default:
			_, _ = io.WriteString(w, "event: log\ndata: {\"seq\":8,\"text\":\"two\"}\n\nevent: end\ndata: {}\n\n")
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var said []string
	err := c.Follow(ctx, api.Session{ID: "x"}, client.Watch{
		Session: func(s api.Session) bool { said = append(said, string(s.State)); return true },
		Line:    func(l api.LogLine) { said = append(said, l.Text) },
	})
	if err != nil || strings.Join(said, " ") != "Ready one two" {
		t.Errorf("%v, %v", said, err)
	}
}

func TestFollowEndsWithARefusal(t *testing.T) {
	t.Parallel()
	c := gateway(t, func(w http.ResponseWriter, _ *http.Request) {
		api.WriteProblem(w, api.Problem{Status: 404, Title: "There is no such session"})
	})
	var p *client.Problem
	if err := c.Follow(t.Context(), api.Session{ID: "x"}, client.Watch{}); !errors.As(err, &p) || p.Status != 404 {
		t.Error(err)
	}
}
