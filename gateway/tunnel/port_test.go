package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

// say answers with the port that a connection is for.
func say(c *Conn) {
	_, _ = fmt.Fprint(c, c.Port())
	_ = c.Close()
}

func TestConnectionSaysItsPort(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.startNode(say, nil)
	for _, port := range []uint16{0, 1, 8080, 65535} {
		c, err := s.DialContext(t.Context(), "s1", port)
		if err != nil {
			t.Fatal(err)
		}
		if said, err := io.ReadAll(c); err != nil || string(said) != fmt.Sprint(port) {
			t.Errorf("%d arrived as %q, %v", port, said, err)
		}
		_ = c.Close()
	}
}

// An agent of the version before knows no ports, and goes on as it is.
func TestOldAgentHasNoPorts(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.startNode(say, nil)
	_ = s.mustDial()
	s.mu.Lock()
	s.sessions["s1"].peer.claim.Version = portsVersion - 1
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for range 5 { // more often than connections are parked
		if _, err := s.DialContext(ctx, "s1", 8080); !errors.Is(err, ErrNoPorts) {
			t.Fatal(err)
		}
	}
	if said, err := io.ReadAll(s.mustDial()); err != nil || string(said) != "0" {
		t.Errorf("the app: %q, %v", said, err)
	}
}
