package tunnel

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// app is what stands behind an agent in these tests.
func startApp(t testing.TB, network string, serve func(net.Conn)) (dial func() (net.Conn, error)) {
	t.Helper()
	addr := "127.0.0.1:0"
	if network == "unix" {
		addr = filepath.Join(t.TempDir(), "s")
	}
	ln, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			work.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() { _ = ln.Close(); work.Wait() })
	addr = ln.Addr().String()
	return func() (net.Conn, error) { return net.Dial(network, addr) }
}

// spliceTo serves data connections as an agent does.
func spliceTo(dial func() (net.Conn, error)) func(*Conn) {
	return func(c *Conn) {
		app, err := dial()
		if err != nil {
			c.Reset()
			return
		}
		Splice(c, app)
	}
}

func bothNetworks(t *testing.T, test func(t *testing.T, network string)) {
	for _, network := range []string{"unix", "tcp"} {
		t.Run(network, func(t *testing.T) { t.Parallel(); test(t, network) })
	}
}

func TestHalfClose(t *testing.T) {
	t.Parallel()
	bothNetworks(t, func(t *testing.T, network string) {
		s := startSite(t, nil)
		s.startNode(spliceTo(startApp(t, network, func(c net.Conn) {
			got, _ := io.ReadAll(c) // answers only after the whole question
			_, _ = fmt.Fprintf(c, "%d bytes", len(got))
			_ = c.Close()
		})), nil)
		c := s.mustDial()
		if _, err := c.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if string(got) != "1048576 bytes" || err != nil {
			t.Fatalf("got %q, %v", got, err)
		}
	})
}

func TestAppEndsFirst(t *testing.T) {
	t.Parallel()
	bothNetworks(t, func(t *testing.T, network string) {
		s := startSite(t, nil)
		s.startNode(spliceTo(startApp(t, network, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1))
			_, _ = c.Write(bytes.Repeat([]byte("x"), 3<<20))
			_ = c.Close() // a body that ends with the connection
		})), nil)
		c := s.mustDial()
		_, _ = c.Write([]byte("?"))
		got, err := io.ReadAll(c)
		if len(got) != 3<<20 || err != nil {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	})
}

// An app that answers and hangs up in the middle of an upload: the answer must
// arrive whole, and the upload must fail rather than hang.
func TestAppBreaksOffDuringAnUpload(t *testing.T) {
	t.Parallel()
	bothNetworks(t, func(t *testing.T, network string) {
		s := startSite(t, nil)
		s.startNode(spliceTo(startApp(t, network, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1))
			_, _ = io.WriteString(c, "too large")
			time.Sleep(50 * time.Millisecond) // what is unread when it closes makes a reset
			_ = c.Close()
		})), nil)
		c := s.mustDial()
		var upload sync.WaitGroup
		upload.Go(func() {
			for err := error(nil); err == nil; {
				_, err = c.Write(make([]byte, 64<<10))
			}
		})
		got := make([]byte, 9)
		_, err := io.ReadFull(c, got)
		upload.Wait()
		if string(got) != "too large" || err != nil {
			t.Fatalf("got %q, %v", got, err)
		}
	})
}

func TestResetReachesTheApp(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s := startSite(t, nil)
	n := s.startNode(spliceTo(startApp(t, "tcp", func(c net.Conn) {
		_, err := io.Copy(io.Discard, c)
		ended <- err
		_ = c.Close()
	})), nil)
	c := s.mustDial()
	_, _ = c.Write([]byte("half a request"))
	eventually(t, "the stream is open", func() bool { return n.Open() == 1 })
	c.Reset()
	if err := <-ended; err == nil {
		t.Error("a reset reached the app as a clean end")
	}
}

func TestUnreachableAppIsAnError(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.startNode(spliceTo(func() (net.Conn, error) { return nil, errors.New("refused") }), nil)
	if got, err := io.ReadAll(s.mustDial()); err == nil {
		t.Fatalf("got %q and no error", got)
	}
}

// Eighty transfers on a wire that freezes and is then cut: every one must end
// with an error, whichever way it went. A direct end of file would be a short
// file that looks whole.
func TestCutIsNeverAShortSuccess(t *testing.T) {
	t.Parallel()
	const transfers = 80
	appErrs := make(chan error, transfers)
	s := startSite(t, nil)
	wire := startRelay(t, s.addr)
	hello := s.hello()
	hello.Gateways = []string{"https://" + wire.addr()}
	n := startNode(t, hello, spliceTo(startApp(t, "tcp", func(c net.Conn) {
		defer func() { _ = c.Close() }()
		var kind [1]byte
		if _, err := io.ReadFull(c, kind[:]); err != nil {
			appErrs <- err
			return
		}
		if kind[0] == 'd' { // download, ended by closing
			for {
				if _, err := c.Write(make([]byte, 8<<10)); err != nil {
					appErrs <- err
					return
				}
			}
		}
		_, _ = c.Write([]byte("k"))
		_, err := io.Copy(io.Discard, c)
		appErrs <- err
	})), nil)
	<-n.told

	var flowing, work sync.WaitGroup
	errs := make(chan error, transfers)
	flowing.Add(transfers)
	all := make(chan struct{}) // closed when all are flowing
	for i := range transfers {
		work.Go(func() {
			c, err := s.dial()
			if err != nil {
				flowing.Done()
				errs <- fmt.Errorf("dial: %w", err)
				return
			}
			defer func() { _ = c.Close() }()
			if i%2 == 0 {
				_, _ = c.Write([]byte("d"))
				_, _ = io.ReadFull(c, make([]byte, 64<<10))
				flowing.Done()
				<-all
				_, err = io.Copy(io.Discard, c)
			} else {
				_, _ = c.Write(append([]byte("u"), make([]byte, 64<<10)...))
				_, err = io.ReadFull(c, make([]byte, 1))
				flowing.Done()
				<-all
				for err == nil {
					_, err = c.Write(make([]byte, 8<<10))
				}
			}
			errs <- err
		})
	}
	flowing.Wait()
	close(all)
	wire.freeze()
	wire.setRefuse(true)
	wire.cut()
	wire.thaw()
	work.Wait()
	for range transfers {
		if err := <-errs; err == nil {
			t.Error("a cut transfer ended without an error at the gateway")
		}
		if err := <-appErrs; err == nil {
			t.Error("a cut transfer ended without an error at the app")
		}
	}
}

func TestManyStreamsCarryTheirOwnBytes(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.startNode(spliceTo(startApp(t, "unix", func(c net.Conn) {
		_, _ = io.Copy(c, struct{ io.Reader }{c})
		_ = c.Close()
	})), nil)
	var work sync.WaitGroup
	for range 40 {
		work.Go(func() {
			c, err := s.dial()
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			data := make([]byte, 256<<10)
			_, _ = rand.Read(data)
			go func() { _, _ = c.Write(data); _ = c.CloseWrite() }()
			got, err := io.ReadAll(c)
			if err != nil || sha256.Sum256(got) != sha256.Sum256(data) {
				t.Errorf("%d bytes came back, %v", len(got), err)
			}
		})
	}
	work.Wait()
}

// A reader that has stopped reading holds up nobody else.
func TestSlowReaderStallsOnlyItself(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.startNode(spliceTo(startApp(t, "unix", func(c net.Conn) {
		defer func() { _ = c.Close() }()
		var kind [1]byte
		_, _ = io.ReadFull(c, kind[:])
		for kind[0] == 'd' {
			if _, err := c.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
		_, _ = c.Write(kind[:])
	})), nil)
	slow := s.mustDial()
	_, _ = slow.Write([]byte("d"))
	_, _ = io.ReadFull(slow, make([]byte, 1))
	for range 20 {
		c := s.mustDial()
		_, _ = c.Write([]byte("e"))
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	slow.Reset()
}

func TestAlive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then  func(net.Conn) // what the app does after its answer
		alive bool
	}{
		"waits":      {func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }, true},
		"closes":     {func(net.Conn) {}, false},
		"goes on":    {func(c net.Conn) { _, _ = c.Write([]byte("unasked")); _, _ = c.Read(make([]byte, 1)) }, false},
		"half-close": {func(c net.Conn) { closeWrite(c); _, _ = c.Read(make([]byte, 1)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, nil)
			s.startNode(spliceTo(startApp(t, "unix", func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1))
				_, _ = conn.Write([]byte("answer"))
				c.then(conn)
				_ = conn.Close()
			})), nil)
			conn := s.mustDial()
			if !conn.Alive() {
				t.Error("a fresh connection is not alive")
			}
			_, _ = conn.Write([]byte("?"))
			got := make([]byte, 6)
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != "answer" {
				t.Fatalf("%q, %v", got, err)
			}
			if !c.alive {
				eventually(t, "it is noticed", func() bool { return !conn.Alive() })
				return
			}
			for range 3 {
				if !conn.Alive() {
					t.Error("it is taken for dead")
				}
			}
			_, _ = conn.Write([]byte("."))
			if got, err := io.ReadAll(conn); len(got) != 0 || err != nil {
				t.Errorf("looking has done harm: %q, %v", got, err)
			}
		})
	}
}
