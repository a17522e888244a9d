package gateway

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// A browser's spare connection does not hold up the end.
func TestSilentConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	quiet := &silent{conns: map[net.Conn]struct{}{}}
	accepted := make(chan struct{}, 1)
	server := &http.Server{ReadHeaderTimeout: time.Minute, ConnState: func(c net.Conn, state http.ConnState) {
		quiet.state(c, state)
		if state == http.StateNew {
			accepted <- struct{}{}
		} else {
			close(accepted)
		}
	}}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	<-accepted
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // less than the server's own patience
	defer cancel()
	quiet.close()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("the end waits for a connection that says nothing: %v", err)
	}
	<-accepted
	if len(quiet.conns) > 0 {
		t.Errorf("%d connections are remembered for ever", len(quiet.conns))
	}
}

// What goes on for as long as somebody listens is ended; nothing else is.
func TestStreamsAreKnown(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/sessions/live": true, "/sessions/new/live": true, "/sessions/:id/live": true, "/api/v1/sessions/:id/events": true,
		"/": false, "/sessions/:id": false, "/sessions/new": false, "/api/v1/sessions/:id/log": false,
	} {
		if isStream(path) != want {
			t.Errorf("%s is a stream: %t", path, !want)
		}
	}
}
