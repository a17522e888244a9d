package sqltest

import (
	"context"
	"os"
	"sync"
	"testing"
)

// host is a server on which databases can be made.
type host struct {
	url func(database string) string
}

// shared is the one server of this test process.
var shared = sync.OnceValues(func() (*host, error) {
	if given := os.Getenv("BERTH_TEST_DATABASE_URL"); given != "" {
		return givenHost(given)
	}
	bin, ok := binaries()
	if !ok {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := newCluster(ctx, bin)
	if err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	return &host{url: c.url}, nil // the guard ends it with this process
})

// server is the shared server; the test ends here if there is none.
func server(t testing.TB) *host {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatalf("sqltest: %v", err)
	}
	if h == nil {
		missing(t)
	}
	return h
}
