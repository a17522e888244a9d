package site

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Socket is a listening socket that outlives the gateways it is handed to, as
// systemd's do.
type Socket struct {
	Name string // "browsers" or "agents"
	file *os.File
}

// OpenSocket listens on an address until the test is over.
func OpenSocket(t testing.TB, name, addr string) Socket {
	t.Helper()
	l, err := net.Listen("tcp", addr) //nolint:noctx // it is closed at once; the copy stays
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return Socket{Name: name, file: f}
}

// activate hands the sockets to the command as systemd does: sd_listen_fds(3).
// The shell is there because the process has to be told its own number.
func (g *Gateway) activate(cmd *exec.Cmd) {
	if len(g.Sockets) == 0 {
		return
	}
	var names []string
	for _, s := range g.Sockets {
		names = append(names, s.Name)
		cmd.ExtraFiles = append(cmd.ExtraFiles, s.file)
	}
	cmd.Args = append([]string{
		"/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=$0 LISTEN_FDNAMES=$1; export LISTEN_PID LISTEN_FDS LISTEN_FDNAMES; shift; exec "$@"`,
		strconv.Itoa(len(names)), strings.Join(names, ":"), cmd.Path,
	}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
}
