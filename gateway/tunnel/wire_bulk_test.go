package tunnel

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// wirePair is both ends of a data connection over a real socket.
func wirePair(t testing.TB) (gateway, agent *Conn) {
	t.Helper()
	dir := t.TempDir()
	certificate, pin, err := LoadOrCreateCertificate(filepath.Join(dir, "c"), filepath.Join(dir, "k"))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	accepted := make(chan net.Conn, 1)
	go func() {
		raw, err := ln.Accept()
		if err != nil {
			close(accepted)
			return
		}
		conn := tls.Server(&wire{TCPConn: raw.(*net.TCPConn)}, serverTLS(certificate))
		_ = conn.Handshake()
		accepted <- conn
	}()
	client, err := dialer{host: ln.Addr().String(), config: clientTLS([]string{pin})}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gateway, agent = newConn(<-accepted, nil), newConn(client, nil)
	t.Cleanup(func() { gateway.Reset(); agent.Reset() })
	return gateway, agent
}

// Whatever is written in whatever pieces arrives as it was, and once it has,
// neither side holds a buffer.
func TestBulkArrivesWhole(t *testing.T) {
	t.Parallel()
	gateway, agent := wirePair(t)
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 3*bulkSize), 1, 12).Draw(t, "writes")
		step := rapid.IntRange(1, 2*bulkSize).Draw(t, "read size")
		seed := rapid.Byte().Draw(t, "content")
		total := 0
		for _, n := range sizes {
			total += n
		}
		content := make([]byte, total)
		_, _ = rand.NewChaCha8([32]byte{seed}).Read(content)
		sent := make(chan error, 1)
		go func() {
			rest := content
			for _, n := range sizes {
				if _, err := gateway.Write(rest[:n]); err != nil {
					sent <- err
					return
				}
				rest = rest[n:]
			}
			sent <- nil
		}()
		got := make([]byte, 0, total)
		buf := make([]byte, step)
		for len(got) < total {
			n, err := agent.Read(buf)
			if err != nil {
				t.Fatalf("after %d of %d bytes: %v", len(got), total, err)
			}
			got = append(got, buf[:n]...)
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, content) {
			t.Fatal("other bytes came out")
		}
		if gateway.wire.out.buf != nil || agent.wire.in.buf != nil {
			t.Fatal("a buffer is held by a stream that is still")
		}
	})
}

// A write that ran out of time may have been cut in the middle of a record.
func TestNothingFollowsABrokenWrite(t *testing.T) {
	t.Parallel()
	gateway, agent := wirePair(t)
	_ = gateway.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	block := make([]byte, 1<<20)
	var err error
	for err == nil { // nobody reads: the kernel's buffers fill
		_, err = gateway.Write(block)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	_ = gateway.SetWriteDeadline(time.Time{})
	if _, err := gateway.Write([]byte("more")); err == nil {
		t.Fatal("something followed")
	}
	gateway.Reset()
	if _, err := io.Copy(io.Discard, agent); err == nil {
		t.Fatal("the other side took it for an end")
	}
}
