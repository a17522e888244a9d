package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// A browser that is told goodbye answers, and then waits for the server to hang
// up (RFC 6455, section 7.1.1): that must not hold up the gateway's end.
func TestGoodbyeEndsWithTheClientsAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(c, rw)
	}))
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	in := bufio.NewReader(c)
	if a, err := http.ReadResponse(in, nil); err != nil || a.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%+v, %v", a, err)
	}
	word := []byte{0x81, 0x82, 0, 0, 0, 0, 'h', 'i'}
	_, _ = c.Write(word)
	if _, err := io.ReadFull(in, make([]byte, len(word))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // less than it waits for a client that is mute
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- r.proxy.Close(ctx) }()
	goodbye := make([]byte, 4)
	if _, err := io.ReadFull(in, goodbye); err != nil || goodbye[0] != 0x88 || goodbye[2] != 0x03 || goodbye[3] != 0xe9 {
		t.Fatalf("the goodbye is %x, %v", goodbye, err)
	}
	_, _ = c.Write([]byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9}) // masked, as clients do
	if err := <-closed; err != nil {
		t.Errorf("the end: %v", err)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the answer: %v", err)
	}
}

// Whoever asks between the goodbye and the end is answered.
func TestRequestsGoOnAfterTheGoodbye(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	for _, left := range []bool{false, true} {
		if left {
			r.proxy.Leave()
		}
		if a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); a.StatusCode != http.StatusOK {
			t.Errorf("after the goodbye, %t: %s", left, a.Status)
		}
	}
	if err := r.proxy.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("after the end: %s", a.Status)
	}
}
