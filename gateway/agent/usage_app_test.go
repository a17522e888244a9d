package agent

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

const (
	aKernel = `{"id":"1","name":"python3","last_activity":"2026-03-14T12:00:00.5Z","execution_state":"`
	later   = `{"id":"2","name":"ir","last_activity":"2026-03-14T14:00:00+01:00","execution_state":"idle","connections":0}`
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

// answering is a meter whose app answers with these bodies.
func answering(t *testing.T, h http.HandlerFunc) *appMeter {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &appMeter{
		path: "/user/alice/lab/", headers: http.Header{"Authorization": {"token x"}},
		dial: func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	}
}

func TestAskApp(t *testing.T) {
	t.Parallel()
	type usage = tunnel.AppUsage
	for name, c := range map[string]struct {
		kernels, terminals string
		want               *usage
	}{
		"nothing runs": {`[]`, `[]`, &usage{}},
		"a busy one": {
			"[" + aKernel + `busy"},` + later + "]", "",
			&usage{Kernels: 2, Busy: 1, LastAt: at("2026-03-14T13:00:00Z")},
		},
		"starting":           {"[" + aKernel + `starting"}]`, "[]", &usage{Kernels: 1, Busy: 1, LastAt: at("2026-03-14T12:00:00.5Z")}},
		"an older kernel":    {"[" + aKernel + `idle"},{"id":"3"}]`, "", &usage{Kernels: 2, LastAt: at("2026-03-14T12:00:00.5Z")}},
		"a terminal":         {`[]`, `[{"name":"1","last_activity":"2026-03-14T12:30:00Z"},{"name":"2"}]`, &usage{Terminals: 2, LastAt: at("2026-03-14T12:30:00Z")}},
		"terminals are off":  {`[]`, `{"message":"Not Found"}`, &usage{}},
		"a time that is not": {`[{"execution_state":"busy","last_activity":"yesterday"}]`, "", &usage{Kernels: 1, Busy: 1}},
		"another app":        {`<!doctype html>`, "", nil},
		"null":               {`null`, "", nil},
		"an object":          {`{"kernels":[]}`, "", nil},
		"refused":            {``, "", nil},
		"far too long":       {`[` + strings.Repeat(" ", mostAppReply) + `]`, "", nil},
		"far too many":       {`[` + strings.Repeat(`{},`, mostKernels) + `{}]`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := answering(t, func(w http.ResponseWriter, r *http.Request) {
				body := map[string]string{"/user/alice/lab/api/kernels": c.kernels, "/user/alice/lab/api/terminals": c.terminals}[r.URL.Path]
				if body == "" || r.Header.Get("Authorization") != "token x" || !r.URL.Query().Has("no_track_activity") {
					w.WriteHeader(http.StatusForbidden)
				}
				_, _ = io.WriteString(w, body)
			})
			if d := cmp.Diff(c.want, m.ask(t.Context())); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestAnAppThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &appMeter{path: "/", headers: http.Header{}, dial: func(context.Context) (net.Conn, error) {
			mine, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			return mine, nil
		}}
		from := time.Now()
		if u := m.ask(t.Context()); u != nil || time.Since(from) != askAppLimit {
			t.Errorf("%+v after %s", u, time.Since(from))
		}
	})
}

func FuzzParseKernels(f *testing.F) {
	f.Add([]byte("[" + aKernel + `busy"},` + later + "]"))
	f.Add([]byte(`[{"last_activity":"0000-00-00T00:00:00Z"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		u, err := parseKernels(body)
		if err == nil && (u.Busy > u.Kernels || u.Kernels > mostKernels) {
			t.Errorf("%+v", u)
		}
		_ = withTerminals(u, body)
	})
}
