package tunnel

import (
	"io"
	"testing"
)

func TestBytesGoBothWays(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.startNode(echo, nil)
	c := s.mustDial()
	if _, err := io.WriteString(c, "ahoy"); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if string(got) != "ahoy" || err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
}
