package agent

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// Readiness is asked often at first, because somebody waits, and less often of
// an app that takes its time.
const (
	firstPause = 20 * time.Millisecond
	mostPause  = 250 * time.Millisecond
	askLimit   = 10 * time.Second
)

// whenReady asks the app until it answers, and then says how long it took.
func (p *app) whenReady(ctx context.Context, m tunnel.Manifest) (<-chan time.Duration, func()) {
	ready := make(chan time.Duration, 1)
	ctx, cancel := context.WithCancel(ctx)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for pause := firstPause; !p.answers(ctx, m); pause = min(pause*5/4, mostPause) {
			select {
			case <-ctx.Done():
				return
			case <-p.done:
				return
			case <-time.After(pause):
			}
		}
		ready <- time.Since(p.started)
	}()
	return ready, func() {
		cancel()
		<-finished
	}
}

// answers asks once. Any answer below 500 will do: a redirect or a refusal is
// an answer too.
func (p *app) answers(ctx context.Context, m tunnel.Manifest) bool {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, p.network, p.addr)
	if err != nil {
		return false // the usual answer at first; an HTTP client would only add to it
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	path := m.Ready.Path
	if path == "" {
		path = m.BasePath
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		_ = conn.Close()
		return false
	}
	for name, value := range m.Ready.Headers {
		request.Header.Set(name, p.ready(value))
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	_ = answer.Body.Close()
	return answer.StatusCode < http.StatusInternalServerError
}
