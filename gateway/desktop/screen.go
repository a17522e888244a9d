package desktop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// screen is a running X server.
type screen struct {
	display string // ":7"
	socket  string // where it speaks RFB
	cookies string // the file with what X clients need
	done    chan struct{}
	err     error // after done
}

// screenWait bounds the start of the X server; clientGrace how long what is left
// of the desktop has to end.
const (
	screenWait  = 30 * time.Second
	clientGrace = 2 * time.Second
)

// startScreen starts Xvnc on a display that it chooses itself.
func startScreen(ctx context.Context, c Config) (*screen, error) {
	s := &screen{
		socket: filepath.Join(c.Dir, "rfb"), cookies: filepath.Join(c.Dir, "Xauthority"), done: make(chan struct{}),
	}
	if err := os.WriteFile(s.cookies, newCookie(), 0o600); err != nil {
		return nil, err
	}
	says, chosen, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = says.Close() }()
	cmd := exec.CommandContext(ctx, "Xvnc", "-displayfd", "3", "-auth", s.cookies, "-nolisten", "tcp",
		"-SecurityTypes", "None", "-rfbport", "-1", "-rfbunixpath", s.socket, "-rfbunixmode", "0600",
		"-geometry", c.Geometry, "-depth", "24", "-AlwaysShared", "-desktop", "berth")
	cmd.Env, cmd.Dir = c.Environ, c.Dir
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{chosen}
	ends(cmd)
	err = cmd.Start()
	_ = chosen.Close()
	if err != nil {
		return nil, fmt.Errorf("the X server: %w", err)
	}
	go func() {
		s.err = cmd.Wait()
		close(s.done)
	}()
	_ = says.SetReadDeadline(time.Now().Add(screenWait))
	number, err := bufio.NewReader(says).ReadString('\n')
	if err != nil {
		return nil, errors.Join(errors.New("the X server did not start"), err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 16)
	if err != nil {
		return nil, fmt.Errorf("the X server chose display %q", number)
	}
	s.display = ":" + strconv.FormatUint(n, 10)
	return s, nil
}

// host runs the desktop on the screen until either ends.
func (s *screen) host(ctx context.Context, c Config) error {
	args := c.Session
	if bus, err := exec.LookPath("dbus-run-session"); err == nil {
		args = append([]string{bus, "--"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = s.environment(c.Environ)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.WaitDelay = clientGrace
	ends(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the desktop: %w", err)
	}
	left := make(chan struct{})
	var ended error // after left
	go func() {
		ended = cmd.Wait()
		close(left)
	}()
	select {
	case <-left:
		var exit *exec.ExitError
		if ended != nil && ctx.Err() == nil && !errors.As(ended, &exit) {
			return fmt.Errorf("the desktop: %w", ended)
		}
		return nil // desktops end with all kinds of codes
	case <-s.done:
		_ = cmd.Cancel()
		<-left
		if s.err == nil || ctx.Err() != nil {
			return nil //nolint:nilerr // it was ended: that is no failure
		}
		return fmt.Errorf("the X server ended: %w", s.err)
	}
}

// environment is the job's with the screen in it.
func (s *screen) environment(inherited []string) []string {
	var env []string
	for _, entry := range inherited {
		name, _, _ := strings.Cut(entry, "=")
		switch name {
		case "DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "SESSION_MANAGER":
		default:
			env = append(env, entry)
		}
	}
	return append(env, "DISPLAY="+s.display, "XAUTHORITY="+s.cookies, "XDG_SESSION_TYPE=x11")
}

// ends has the command end politely with its context.
func ends(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = clientGrace
}
