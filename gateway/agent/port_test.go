package agent

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestOwnerOfASocket(t *testing.T) {
	t.Parallel()
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1
   2: 0000000000000000FFFF00000100007F:1F91 0000000000000000FFFF00000100007F:D432 01 0:0 0:0 0  1001        0 2
   3: zz:1F90 0100007F:D431 01
   4: 0100007F:1F92 0100007F:D433 01 0:0 0:0 0  many        0 2
`
	loop := netip.MustParseAddr("127.0.0.1")
	for _, c := range []struct {
		port, from uint16
		uid        int
		ok         bool
	}{
		{8080, 0xD431, 1000, true}, // of the connection, not of the listener
		{8081, 0xD432, 1001, true}, // a listener on ::
		{8080, 0xD432, 0, false},
		{8082, 0xD433, 0, false},
	} {
		uid, err := ownerOf(strings.NewReader(table), netip.AddrPortFrom(loop, c.port), netip.AddrPortFrom(loop, c.from))
		if (err == nil) != c.ok || uid != c.uid {
			t.Errorf("%d from %d: %d, %v", c.port, c.from, uid, err)
		}
	}
}

func FuzzSocketAddr(f *testing.F) {
	f.Add("0100007F:1F90")
	f.Add("0000000000000000FFFF00000100007F:1F91")
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := socketAddr(text); err == nil && !a.IsValid() {
			t.Errorf("%q became %v", text, a)
		}
	})
}

// Both kinds of listener are reached, and told to be one's own.
func TestDialPort(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"127.0.0.1:0", "[::]:0", "[::1]:0"} {
		ln, err := net.Listen("tcp", at)
		if err != nil {
			t.Logf("%s: %v", at, err) // a machine without IPv6
			continue
		}
		go func() {
			if c, err := ln.Accept(); err == nil {
				_, _ = io.WriteString(c, "hello")
				_ = c.Close()
			}
		}()
		conn, err := dialPort(uint16(ln.Addr().(*net.TCPAddr).Port))
		if err != nil {
			t.Errorf("%s: %v", at, err)
		} else if said, _ := io.ReadAll(conn); string(said) != "hello" {
			t.Errorf("%s said %q", at, said)
		}
		_ = ln.Close()
	}
}

// A port on which somebody else listens is refused.
func TestForeignPort(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root to be somebody else")
	}
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "program") // go's own place is closed to others
	if err := errors.Join(os.WriteFile(program, self, 0o755), os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	free, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "127.0.0.1:"+free)
	cmd.Env = append(os.Environ(), "TEST_APP=listen")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = "/"
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.ParseUint(free, 10, 16)
	if conn, err := dialPort(uint16(port)); !errors.Is(err, errForeign) {
		t.Errorf("dialled a stranger's port: %v, %v", conn, err)
	}
	_ = in.Close()
	_ = cmd.Wait()
}
