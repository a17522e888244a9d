package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// manager is the other end of NOTIFY_SOCKET.
func manager(t *testing.T) (path string, hear func() string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return path, func() string {
		t.Helper()
		buffer := make([]byte, 100)
		if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
}

func TestSystemdHearsOfLifeAndEnd(t *testing.T) {
	t.Parallel()
	path, hear := manager(t)
	s := systemd{socket: path, watchdog: 10 * time.Millisecond}
	log := slog.New(slog.DiscardHandler)
	s.say(t.Context(), "READY=1", log)
	if got := hear(); got != "READY=1" {
		t.Fatalf("systemd hears %q", got)
	}
	told, tell := context.WithCancel(t.Context())
	work, end := context.WithCancel(t.Context())
	healthy := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			http.NotFound(w, r)
		}
	})
	ended := make(chan struct{})
	go func() { defer close(ended); s.watch(told, work, healthy, log) }()
	for range 3 {
		if got := hear(); got != "WATCHDOG=1" {
			t.Fatalf("systemd hears %q", got)
		}
	}
	tell()
	for got := hear(); got != "STOPPING=1"; got = hear() {
		if got != "WATCHDOG=1" {
			t.Fatalf("systemd hears %q", got)
		}
	}
	end()
	<-ended
}

func TestSystemdHearsNothingOfASickGateway(t *testing.T) {
	t.Parallel()
	path, hear := manager(t)
	s := systemd{socket: path, watchdog: time.Millisecond}
	told, tell := context.WithCancel(t.Context())
	asked := make(chan struct{}, 3)
	sick := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		select {
		case asked <- struct{}{}:
		default: // it was asked often enough
			tell()
		}
	})
	ended := make(chan struct{})
	work, end := context.WithCancel(t.Context())
	go func() { defer close(ended); s.watch(told, work, sick, slog.New(slog.DiscardHandler)) }()
	if got := hear(); got != "STOPPING=1" {
		t.Errorf("a gateway that answers 500 says %q", got)
	}
	end()
	<-ended
}

func TestNoSystemd(t *testing.T) {
	t.Parallel()
	var s systemd
	if err := s.tell(t.Context(), "READY=1"); err != nil {
		t.Error(err)
	}
	if l := s.listener("browsers"); l != nil {
		t.Errorf("a listener from nowhere: %v", l)
	}
}
