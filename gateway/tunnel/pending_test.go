package tunnel

import (
	"net"
	"testing"
	"time"
)

func TestSilentConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *Options) { o.MaxPending = 8 })
	var silent []net.Conn
	for range 30 {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		silent = append(silent, c)
	}
	_ = silent[0].SetReadDeadline(time.Now().Add(HandshakeLimit / 2))
	if _, err := silent[0].Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the oldest silent connection: %v", err)
	}
	n := s.startNode(echo, nil)
	<-n.told
	s.mustDial()
	eventually(t, "the list is short", func() bool {
		s.pending.mu.Lock()
		defer s.pending.mu.Unlock()
		return s.pending.order.Len() <= 8 && len(s.pending.find) == s.pending.order.Len()
	})
}

func TestHandshakeIsBounded(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *Options) { o.clocks.handshake = 50 * time.Millisecond })
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(HandshakeLimit))
	if _, err := c.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("a silent connection: %v", err)
	}
}

func TestProvedConnectionsAreNotPending(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *Options) { o.MaxPending = 4; o.MaxReserve = 20; o.Reserve = 20 })
	s.startNode(echo, nil)
	eventually(t, "more are parked than may be pending", func() bool { return s.parkedNow() > 8 })
}

func isTimeout(err error) bool {
	t, ok := err.(net.Error) //nolint:errorlint // straight from net
	return ok && t.Timeout()
}
