package agent

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// errForeign means that a port belongs to somebody else, or that nobody can say
// whose it is.
var errForeign = errors.New("what listens on the port is not the session's owner's")

// dialPort connects to a port of this machine's loopback interface, if whatever
// answers there belongs to the user that the agent runs as. Nodes are shared:
// a page of somebody else's would run in the owner's browser as one of ours.
func dialPort(port uint16) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialLimit)
	defer cancel()
	var errs []error
	for _, at := range []struct{ host, table string }{
		{"127.0.0.1", "/proc/net/tcp"}, {"::1", "/proc/net/tcp6"},
	} {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(at.host, strconv.Itoa(int(port))))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		// A listener on :: answers for 127.0.0.1 as well, from the other table.
		if ownedBy(conn, os.Getuid(), at.table, "/proc/net/tcp6") {
			return conn, nil
		}
		_ = conn.Close()
		errs = append(errs, errForeign)
	}
	return nil, errors.Join(errs...)
}

// ownedBy reports whether the other end of a connection within this machine
// belongs to the user.
func ownedBy(conn net.Conn, uid int, tables ...string) bool {
	here, there := conn.LocalAddr().(*net.TCPAddr).AddrPort(), conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	for _, table := range tables {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		owner, err := ownerOf(f, there, here)
		_ = f.Close()
		if err == nil {
			return owner == uid
		}
	}
	return false
}

var errNoSocket = errors.New("no such socket")

// ownerOf finds the user of the socket with these two ends in a table of the
// kernel: proc(5), /proc/net/tcp. A line is
//
//	0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000 ...
func ownerOf(table io.Reader, local, remote netip.AddrPort) (uid int, err error) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 {
			continue
		}
		if l, err := socketAddr(fields[1]); err != nil || l != local {
			continue
		}
		if r, err := socketAddr(fields[2]); err != nil || r != remote {
			continue
		}
		return strconv.Atoi(fields[7])
	}
	return 0, errors.Join(errNoSocket, lines.Err())
}

// socketAddr reads an address as the kernel writes it: words of 32 bits in the
// machine's order, in hexadecimal. The machines that berth runs on are
// little-endian.
func socketAddr(text string) (netip.AddrPort, error) {
	host, port, ok := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	if !ok || err != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, fmt.Errorf("%q is no address", text)
	}
	for i := 0; i+4 <= len(raw); i += 4 {
		raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
	}
	addr, ok := netip.AddrFromSlice(raw)
	n, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is no address", text)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), nil
}
