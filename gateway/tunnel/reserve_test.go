package tunnel

import (
	"io"
	"sync"
	"testing"
	"time"
)

func (s *site) parkedNow() int {
	info, _ := s.Connected("s1")
	return info.Parked
}

func TestReserveIsRefilled(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.startNode(echo, nil)
	for range 5 {
		eventually(t, "two are parked", func() bool { return s.parkedNow() == 2 })
		s.mustDial()
	}
	if info, _ := s.Connected("s1"); info.Open != 5 {
		t.Errorf("%d open, want 5", info.Open)
	}
}

func TestReserveGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *Options) {
		o.MaxReserve = 6
		o.clocks = clocks{tick: 5 * time.Millisecond, shrink: 10 * time.Millisecond, idle: 200 * time.Millisecond}
	})
	n := s.startNode(echo, nil)
	<-n.told
	var work sync.WaitGroup
	for range 30 {
		work.Go(func() {
			c, err := s.dial()
			if err != nil {
				t.Error(err)
				return
			}
			_ = c.Close()
		})
	}
	work.Wait()
	if most := s.parkedNow(); most > 6 {
		t.Errorf("%d parked, more than MaxReserve", most)
	}
	eventually(t, "an idle session keeps one", func() bool { return s.parkedNow() == 1 })
	eventually(t, "the agent too", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		shelf := n.uplinks[0].shelf
		shelf.mu.Lock()
		defer shelf.mu.Unlock()
		return shelf.parked == 1 && shelf.opening == 0
	})
	s.mustDial()
	eventually(t, "use brings the second one back", func() bool { return s.parkedNow() == 2 })
}

// lone connects an agent that parks nothing by itself.
func lone(t *testing.T, s *site) (dialer, Manifest) {
	t.Helper()
	d := dialer{host: s.addr, config: clientTLS([]string{s.fingerprint})}
	ws, err := d.control(t.Context(), Claim{Session: "s1", Attempt: 1, Instance: "i", Secret: "right"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	m, err := (&uplink{ws: ws}).manifest()
	if err != nil {
		t.Fatal(err)
	}
	return d, m
}

func TestDeadParkedConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*Conn){
		"reset":    (*Conn).Reset,
		"end":      func(c *Conn) { _ = c.Close() },
		"cut":      func(c *Conn) { _ = c.wire.Close() },
		"speaking": func(c *Conn) { _, _ = io.WriteString(c, "unasked") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, nil)
			d, m := lone(t, s)
			var conns []*Conn
			for range 3 {
				c, err := d.data(t.Context(), m.Link, m.LinkSecret)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(c.Reset)
				conns = append(conns, c)
			}
			eventually(t, "three are parked", func() bool { return s.parkedNow() == 3 })
			kill(conns[2])
			eventually(t, "the dead one is gone", func() bool { return s.parkedNow() == 2 })
			kill(conns[1]) // perhaps not yet noticed when it is picked
			go func() { _, _ = io.Copy(conns[0], conns[0]) }()
			c := s.mustDial()
			_, _ = c.Write([]byte("abc"))
			got := make([]byte, 4)
			if _, err := io.ReadFull(c, got); err != nil || string(got) != "Sabc" {
				t.Fatalf("got %q, %v", got, err)
			}
		})
	}
}

func TestParkedConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *Options) { o.MaxReserve = 3 })
	d, m := lone(t, s)
	for range 3 {
		c, err := d.data(t.Context(), m.Link, m.LinkSecret)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Reset)
	}
	eventually(t, "three are parked", func() bool { return s.parkedNow() == 3 })
	if _, err := d.data(t.Context(), m.Link, m.LinkSecret); err == nil || isFinal(err) {
		t.Fatalf("one too many: %v", err)
	}
}

func TestWaitersAreServedInTurn(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	d, m := lone(t, s)
	order := make(chan int, 3)
	var work sync.WaitGroup
	for i := range 3 {
		work.Go(func() {
			c, err := s.dial()
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(c.Reset)
			order <- i
		})
		eventually(t, "it waits", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.sessions["s1"].waiters) == i+1
		})
	}
	for want := range 3 {
		c, err := d.data(t.Context(), m.Link, m.LinkSecret)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Reset)
		if got := <-order; got != want {
			t.Errorf("waiter %d was served, not %d", got, want)
		}
	}
	work.Wait()
}
