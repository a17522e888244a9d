package site

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// Ports lie under the range for outgoing connections and beside the cluster's,
// so that nothing takes one between its choice and its use.
const (
	firstPort = 12000
	lastPort  = 19999
)

var (
	portsMu sync.Mutex
	ports   = map[int]bool{} // given away by this process
)

// FreeAddr is a TCP address on the loopback interface where nobody listens.
func FreeAddr(t testing.TB) string {
	t.Helper()
	portsMu.Lock()
	defer portsMu.Unlock()
	for range 200 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if ports[port] {
			continue
		}
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			continue
		}
		_ = l.Close()
		ports[port] = true
		return fmt.Sprintf("127.0.0.1:%d", port)
	}
	t.Fatal("no free port")
	return ""
}
