package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// systemd is what systemd says to a service that it starts, and how it is
// answered: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3). Its zero
// value is a process that runs for somebody at a terminal.
type systemd struct {
	service  bool                    // this is a service, whoever has started it
	socket   string                  // where it listens to what we say
	watchdog time.Duration           // within which it wants to hear of us
	sockets  map[string]net.Listener // by FileDescriptorName
}

// firstFD is SD_LISTEN_FDS_START.
const firstFD = 3

// fromSystemd takes what the environment says, and takes it out of there: what
// the gateway starts is none of systemd's business.
func fromSystemd() (systemd, error) {
	self := strconv.Itoa(os.Getpid())
	s := systemd{service: true, socket: os.Getenv("NOTIFY_SOCKET"), sockets: map[string]net.Listener{}}
	if pid := os.Getenv("WATCHDOG_PID"); pid == "" || pid == self {
		microseconds, _ := strconv.ParseUint(os.Getenv("WATCHDOG_USEC"), 10, 40)
		s.watchdog = time.Duration(microseconds) * time.Microsecond
	}
	var err error
	if os.Getenv("LISTEN_PID") == self {
		err = s.inherit(os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES"))
	}
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		err = errors.Join(err, os.Unsetenv(name))
	}
	return s, err
}

// inherit makes listeners of the sockets that were handed over.
func (s systemd) inherit(count, names string) error {
	n, err := strconv.ParseUint(count, 10, 8)
	if err != nil {
		return fmt.Errorf("LISTEN_FDS: %w", err)
	}
	name := strings.Split(names, ":")
	for i := range int(n) {
		syscall.CloseOnExec(firstFD + i)
		if i >= len(name) || (name[i] != "browsers" && name[i] != "agents") || s.sockets[name[i]] != nil {
			return fmt.Errorf("systemd hands over a socket that is not called browsers or agents: LISTEN_FDNAMES=%q", names)
		}
		f := os.NewFile(uintptr(firstFD+i), name[i])
		l, err := net.FileListener(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("the socket %s: %w", name[i], err)
		}
		s.sockets[name[i]] = l
	}
	return nil
}

// listener is one that systemd has opened, or nil.
func (s systemd) listener(name string) net.Listener {
	if l, ok := s.sockets[name]; ok {
		return l
	}
	return nil
}

// tell says something like "READY=1". Nobody listens: nothing happens.
func (s systemd) tell(ctx context.Context, state string) error {
	if s.socket == "" {
		return nil
	}
	// A name with @ is abstract, for Go as for systemd.
	c, err := (&net.Dialer{}).DialContext(ctx, "unixgram", s.socket)
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(state)); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}

// watch lets systemd know that the gateway lives as long as it answers, twice as
// often as is asked for, and that it stops once ctx ends.
func (s systemd) watch(told, work context.Context, gateway http.Handler, log *slog.Logger) {
	var beat <-chan time.Time
	if s.watchdog > 0 {
		ticker := time.NewTicker(s.watchdog / 2)
		defer ticker.Stop()
		beat = ticker.C
	}
	stopping := told.Done()
	for {
		state := "WATCHDOG=1"
		select {
		case <-work.Done(): // the last requests may still be under way
			s.say(work, "STOPPING=1", log)
			return
		case <-stopping:
			state, stopping = "STOPPING=1", nil
		case <-beat:
			if !lives(work, gateway) {
				log.Error("the gateway does not answer itself")
				continue
			}
		}
		s.say(work, state, log)
	}
}

// say is tell for what is not worth ending for. The end of ctx does not matter.
func (s systemd) say(ctx context.Context, state string, log *slog.Logger) {
	if err := s.tell(context.WithoutCancel(ctx), state); err != nil {
		log.Warn("systemd does not hear", "err", err)
	}
}

// lives asks the gateway for its health as a client would.
func lives(ctx context.Context, gateway http.Handler) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/healthz", nil)
	if err != nil {
		return false
	}
	w := &statusOnly{header: http.Header{}, status: http.StatusOK}
	gateway.ServeHTTP(w, r)
	return w.status == http.StatusOK
}

// statusOnly is an answer of which only the status matters.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(p []byte) (int, error) { return len(p), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }
