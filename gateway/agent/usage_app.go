package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

const (
	askAppLimit  = 5 * time.Second // for each of the two questions
	mostAppReply = 1 << 20
	mostKernels  = 10_000
)

// appMeter asks a Jupyter whether its kernels are busy, through the app's own
// socket and with its own token. Whoever asks with no_track_activity is no
// activity: Jupyter can be told to end when nobody uses it.
type appMeter struct {
	dial    func(context.Context) (net.Conn, error)
	path    string // with a slash at both ends
	headers http.Header
}

// newAppMeter is nil for an app that cannot be asked.
func newAppMeter(p *app, m tunnel.Manifest) *appMeter {
	if m.Activity.Format != tunnel.ActivityJupyter {
		return nil
	}
	a := &appMeter{path: m.Activity.Path, headers: http.Header{}, dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, p.network, p.addr)
	}}
	if a.path == "" {
		a.path = m.BasePath
	}
	for name, value := range m.Activity.Headers {
		a.headers.Set(name, p.ready(value))
	}
	return a
}

// ask is nil when the app gives no answer that can be understood.
func (a *appMeter) ask(ctx context.Context) *tunnel.AppUsage {
	if a == nil {
		return nil
	}
	kernels, err := a.get(ctx, "api/kernels")
	if err != nil {
		return nil
	}
	u, err := parseKernels(kernels)
	if err != nil {
		return nil
	}
	if terminals, err := a.get(ctx, "api/terminals"); err == nil { // they may be switched off
		u = withTerminals(u, terminals)
	}
	return &u
}

func (a *appMeter) get(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askAppLimit)
	defer cancel()
	transport := &http.Transport{
		DisableKeepAlives: true, ResponseHeaderTimeout: askAppLimit, MaxResponseHeaderBytes: 64 << 10,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return a.dial(ctx) },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+a.path+path+"?no_track_activity=1", nil)
	if err != nil {
		return nil, err
	}
	request.Header = a.headers.Clone()
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostAppReply+1))
	if err == nil && len(body) > mostAppReply {
		err = errors.New(path + ": too long an answer")
	}
	return body, err
}

// resource is a kernel or a terminal (Jupyter Server's REST API, GET
// /api/kernels and GET /api/terminals). Older ones say no last_activity of a
// terminal.
type resource struct {
	State        string `json:"execution_state"` // "starting", "idle", "busy", ...
	LastActivity string `json:"last_activity"`   // ISO 8601
}

// parseKernels counts the kernels; one that is starting computes.
func parseKernels(body []byte) (tunnel.AppUsage, error) {
	all, err := resources(body)
	u := tunnel.AppUsage{Kernels: len(all)}
	for _, k := range all {
		if k.State == "busy" || k.State == "starting" || k.State == "restarting" {
			u.Busy++
		}
		u.LastAt = k.later(u.LastAt)
	}
	return u, err
}

func withTerminals(u tunnel.AppUsage, body []byte) tunnel.AppUsage {
	all, err := resources(body)
	if err != nil {
		return u
	}
	u.Terminals = len(all)
	for _, t := range all {
		u.LastAt = t.later(u.LastAt)
	}
	return u
}

func resources(body []byte) ([]resource, error) {
	var all []resource
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	if all == nil || len(all) > mostKernels {
		return nil, errors.New("not a list of kernels")
	}
	return all, nil
}

// later is the later of the two times.
func (r resource) later(than time.Time) time.Time {
	if at, err := time.Parse(time.RFC3339Nano, r.LastActivity); err == nil && at.After(than) && at.Year() < 10_000 {
		return at.UTC()
	}
	return than
}
