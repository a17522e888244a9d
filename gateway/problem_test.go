package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/proxy"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/ldapauth"
)

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		retry  bool
	}{
		{&session.Invalid{Faults: []session.Fault{{Field: "gpus", Message: "too many"}}}, http.StatusUnprocessableEntity, false},
		{&limit.Denied{Rule: "r", What: "GPUs", Want: "2", Max: "1"}, http.StatusForbidden, false},
		{&batch.Rejected{Field: "account", Reason: "none"}, http.StatusUnprocessableEntity, false},
		{session.ErrNotFound, http.StatusNotFound, false},
		{session.ErrNameTaken, http.StatusConflict, false},
		{batch.ErrUnavailable, http.StatusServiceUnavailable, true},
		{batch.ErrForbidden, http.StatusBadGateway, false},
		{session.ErrStore, http.StatusServiceUnavailable, true},
		{ldapauth.ErrInvalidCredentials, http.StatusUnauthorized, false},
		{ldapauth.ErrUnavailable, http.StatusServiceUnavailable, true},
		{&login.Throttled{RetryAfter: 1500 * time.Millisecond}, http.StatusTooManyRequests, true},
		{&http.MaxBytesError{Limit: 1}, http.StatusRequestEntityTooLarge, false},
		{errUnauthenticated, http.StatusUnauthorized, false},
		{errors.New("pq: secret internals"), http.StatusInternalServerError, false},
	} {
		p := problem(fmt.Errorf("while doing something: %w", c.err))
		if p.Status != c.status || (p.RetryAfter > 0) != c.retry || p.Title == "" {
			t.Errorf("%v: %+v", c.err, p)
		}
		if strings.Contains(p.Detail+p.Title, "secret internals") {
			t.Errorf("an internal detail is shown: %+v", p)
		}
	}
}

func TestSessionPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/user/alice/lab/":           "alice|lab|true",
		"/user/alice/lab":            "alice|lab|false",
		"/user/alice/lab/tree?x=1":   "alice|lab|true",
		"/user/alice/lab//a%2Fb/../": "alice|lab|true",
		"/user/alice":                "alice||false",
		"/user/":                     "||false",
		"/user/%2e%2e/lab/":          "%2e%2e|lab|true",
	} {
		owner, name, slash := sessionPath(path)
		if got := fmt.Sprintf("%s|%s|%t", owner, name, slash); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// Whoever can only wait is told to try again; an app that breaks is a bad
// gateway.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	for err, status := range map[error]int{
		tunnel.ErrNotConnected: http.StatusServiceUnavailable,
		tunnel.ErrClosed:       http.StatusServiceUnavailable,
		proxy.ErrClosed:        http.StatusServiceUnavailable,
		proxy.ErrForgotten:     http.StatusServiceUnavailable,
		errors.New("EOF"):      http.StatusBadGateway,
	} {
		if p := unreachable(proxy.Target{}, fmt.Errorf("somewhere: %w", err)); p.Status != status || p.Title == "" || p.Detail == "" {
			t.Errorf("%v: %+v", err, p)
		}
	}
}
