package gateway

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Seen is one request that was answered, for counting.
type Seen struct {
	App      bool   // it went to a session's app
	Route    string // pattern of a page or operation; "none" for a path that is none
	Method   string
	Status   int
	Bytes    int64 // of the answer's body
	Took     time.Duration
	Upgraded bool // it became a WebSocket, which has ended now
	Stream   bool // a page's live stream, which lasts as long as somebody listens
}

// noRoute stands for every path that is none.
const noRoute = "none"

// Stats is what is open at this moment.
type Stats struct {
	Streams int // WebSockets to apps
	Agents  int // that are connected
	Parked  int // connections of agents that wait to be used
	Used    int // and that are in use
}

// Stats counts what is open.
func (g *Gateway) Stats() Stats {
	s := Stats{Streams: int(g.streams.Load())}
	for _, link := range g.registry.List() {
		s.Agents++
		s.Parked += link.Parked
		s.Used += link.Open
	}
	return s
}

// Healthz says that the process lives.
func (g *Gateway) Healthz(w http.ResponseWriter, r *http.Request) { g.health(w, r, "/healthz") }

// Readyz says whether requests should be sent here.
func (g *Gateway) Readyz(w http.ResponseWriter, r *http.Request) { g.health(w, r, "/readyz") }

func (g *Gateway) health(w http.ResponseWriter, r *http.Request, path string) {
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = path, ""
	g.engine.ServeHTTP(w, r)
}

// tally is an answer that is counted as it goes by.
type tally struct {
	http.ResponseWriter
	status   int
	bytes    int64
	hijacked func() // called once, if the connection is taken over
}

// Unwrap is for http.ResponseController.
func (t *tally) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *tally) WriteHeader(status int) {
	if t.status == 0 && status >= http.StatusOK {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tally) Write(p []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(p)
	t.bytes += int64(n)
	return n, err
}

// Hijack is for upgrades.
func (t *tally) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err == nil && t.status == 0 {
		t.status = http.StatusSwitchingProtocols
		t.hijacked()
	}
	return conn, rw, err
}

// watchApp counts a request to an app while serve carries it.
func (g *Gateway) watchApp(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	start := time.Now()
	t := &tally{ResponseWriter: w, hijacked: func() { g.streams.Add(1) }}
	defer func() { // also when a cut answer panics
		upgraded := t.status == http.StatusSwitchingProtocols
		if upgraded {
			g.streams.Add(-1)
		}
		if t.status == 0 {
			t.status = statusClientGone
		}
		s := Seen{App: true, Method: r.Method, Status: t.status, Bytes: t.bytes, Took: time.Since(start), Upgraded: upgraded}
		if g.Seen != nil {
			g.Seen(s)
		}
		if g.Log.Enabled(r.Context(), slog.LevelDebug) {
			owner, name, _ := sessionPath(r.URL.EscapedPath())
			ip, _ := g.client(r)
			g.Log.Debug("app request", "owner", owner, "session", name, "method", s.Method, "status", s.Status,
				"bytes", s.Bytes, "took", s.Took.Round(time.Microsecond), "upgraded", s.Upgraded, "ip", ip)
		}
	}()
	serve(t, r)
}
