package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"

// upgraded opens an upgraded connection to an app that serves it byte for byte.
func upgraded(t *testing.T, head string, serve func(c *net.TCPConn, in io.Reader)) (*rig, *net.TCPConn, *bufio.Reader) {
	t.Helper()
	r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
		_, _ = http.ReadRequest(in)
		_, _ = io.WriteString(c, head+"\r\n")
		serve(c.(*net.TCPConn), in)
	}))
	c := r.open(t).(*net.TCPConn)
	_, _ = io.WriteString(c, "GET /user/alice/lab/ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n")
	in := bufio.NewReader(c)
	a, err := http.ReadResponse(in, nil)
	if err != nil || a.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%+v, %v", a, err)
	}
	if got := a.Header["Set-Cookie"]; got != nil {
		t.Errorf("the app set %q", got)
	}
	return r, c, in
}

func TestUpgradedHalfCloses(t *testing.T) {
	t.Parallel()
	_, c, in := upgraded(t, switching+"Set-Cookie: berth_login=evil\r\n", func(c *net.TCPConn, in io.Reader) {
		got, _ := io.ReadAll(in) // answers after the client's end
		_, _ = fmt.Fprintf(c, "%d bytes", len(got))
	})
	_, _ = c.Write(make([]byte, 300_000))
	_ = c.CloseWrite()
	if got, err := io.ReadAll(in); string(got) != "300000 bytes" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestUpgradedAppEndsFirst(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	_, c, in := upgraded(t, switching, func(c *net.TCPConn, in io.Reader) {
		_, _ = io.WriteString(c, "bye")
		_ = c.CloseWrite()
		b, _ := io.ReadAll(in)
		got <- string(b)
	})
	if b, err := io.ReadAll(in); string(b) != "bye" || err != nil {
		t.Fatalf("%q, %v", b, err)
	}
	_, _ = io.WriteString(c, "and you")
	_ = c.Close()
	if b := <-got; b != "and you" {
		t.Errorf("the app got %q", b)
	}
}

func TestUpgradedCutsAreErrors(t *testing.T) {
	t.Parallel()
	t.Run("by the app", func(t *testing.T) {
		t.Parallel()
		_, _, in := upgraded(t, switching, func(c *net.TCPConn, _ io.Reader) { _ = c.SetLinger(0) })
		if b, err := io.ReadAll(in); err == nil {
			t.Errorf("the client got a clean end after %q", b)
		}
	})
	t.Run("by the client", func(t *testing.T) {
		t.Parallel()
		got := make(chan error, 1)
		_, c, _ := upgraded(t, switching, func(_ *net.TCPConn, in io.Reader) {
			_, err := io.Copy(io.Discard, in)
			got <- err
		})
		_ = c.SetLinger(0)
		_ = c.Close()
		if err := <-got; err == nil {
			t.Error("the app got a clean end")
		}
	})
}

// What either side says together with its head is not lost.
func TestUpgradedBytesAheadArrive(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
		_, _ = http.ReadRequest(in)
		_, _ = io.WriteString(c, switching+"\r\nhello at once")
		_, _ = io.Copy(c, in)
	}))
	c := r.open(t).(*net.TCPConn)
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nand back")
	in := bufio.NewReader(c)
	if _, err := http.ReadResponse(in, nil); err != nil {
		t.Fatal(err)
	}
	_ = c.CloseWrite()
	if got, err := io.ReadAll(in); string(got) != "hello at onceand back" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// text is an unmasked text frame.
func text(s string) []byte { return append([]byte{0x81, byte(len(s))}, s...) }

// A closing gateway says goodbye between two frames, not in the middle of one.
func TestGoodbyeComesBetweenFrames(t *testing.T) {
	t.Parallel()
	rest := make(chan struct{})
	r, c, in := upgraded(t, switching, func(c *net.TCPConn, in io.Reader) {
		_, _ = c.Write(text("whole"))
		_, _ = c.Write(text("in pieces")[:5])
		<-rest
		_, _ = c.Write(text("in pieces")[5:])
		_, _ = io.Copy(io.Discard, in)
	})
	got := make([]byte, 12)
	if _, err := io.ReadFull(in, got); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		closed <- r.proxy.Close(ctx)
	}()
	for r.proxyOpen() {
		time.Sleep(time.Millisecond)
	}
	close(rest)
	after := make([]byte, 6+4)
	if _, err := io.ReadFull(in, after); err != nil {
		t.Fatal(err)
	}
	if want := append([]byte("pieces"), 0x88, 2, 0x03, 0xe9); !bytes.Equal(after, want) {
		t.Errorf("the last bytes are %q, want %q", after, want)
	}
	_, _ = c.Write([]byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9})
	_ = c.Close()
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}

// proxyOpen reports whether the proxy takes new requests.
func (r *rig) proxyOpen() bool {
	q, _ := http.NewRequestWithContext(context.Background(), http.MethodHead, r.URL, http.NoBody)
	a, err := r.Client().Do(q)
	if err != nil {
		return false
	}
	_ = a.Body.Close()
	return a.StatusCode != http.StatusServiceUnavailable
}

func TestCloseCutsWhatStays(t *testing.T) {
	t.Parallel()
	r, _, in := upgraded(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n", func(c *net.TCPConn, in io.Reader) {
		_, _ = c.Write([]byte{0x81, 100}) // a frame that never ends
		_, _ = io.Copy(io.Discard, in)
	})
	_, _ = io.ReadFull(in, make([]byte, 2))
	if err := r.proxy.Close(canceled()); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: %v", err)
	}
	if _, err := in.ReadByte(); err == nil {
		t.Error("it goes on")
	}
}

// The pings that keep a forgotten tab's WebSocket open are no activity.
func TestPingsAreNoActivity(t *testing.T) {
	t.Parallel()
	step := make(chan []byte)
	r, c, in := upgraded(t, switching, func(c *net.TCPConn, in io.Reader) {
		for b := range step {
			_, _ = c.Write(b)
			_, _ = in.Read(make([]byte, 100))
		}
	})
	last := func() time.Time {
		_, at := r.proxy.Activity("s1")
		return at
	}
	turn := func(fromApp, fromClient []byte) {
		step <- fromApp
		if _, err := io.ReadFull(in, make([]byte, len(fromApp))); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(fromClient)
	}
	pong := []byte{0x8a, 0x80, 1, 2, 3, 4}
	turn([]byte{0x89, 0}, pong)
	before := last()
	for range 3 {
		turn([]byte{0x89, 0}, pong)
	}
	turn([]byte{0x89, 0}, pong) // by now the pongs before have passed
	if !last().Equal(before) {
		t.Error("pings count as activity")
	}
	turn(text("output"), pong)
	if !last().After(before) {
		t.Error("output does not")
	}
	close(step)
}
