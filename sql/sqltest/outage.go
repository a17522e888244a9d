package sqltest

import (
	"testing"

	"github.com/berth-hpc/berth/sql"
)

// PG is a server that belongs to one test.
type PG struct {
	t       testing.TB
	cluster *cluster
	url     string
}

// Server starts a server for this test alone, with one migrated database. It
// ends with the test.
func Server(t testing.TB) *PG {
	t.Helper()
	bin, ok := binaries()
	if !ok {
		missing(t)
	}
	c, err := newCluster(t.Context(), bin)
	if err != nil {
		t.Fatalf("sqltest: %v", err)
	}
	p := &PG{t: t, cluster: c}
	t.Cleanup(func() {
		if err := p.cluster.remove(); err != nil {
			t.Logf("sqltest: %v", err)
		}
	})
	p.Start()
	h := &host{url: c.url}
	name, err := h.template(t.Context())
	if err == nil {
		p.url, err = h.clone(t.Context(), name)
	}
	if err != nil {
		t.Fatalf("sqltest: %v", err)
	}
	return p
}

// URL names the server's migrated database.
func (p *PG) URL() string { return p.url }

// Store opens a store on it, which ends with the test.
func (p *PG) Store() *sql.Store {
	p.t.Helper()
	return open(p.t, p.url)
}

// Start starts a server that was stopped and returns when it answers.
func (p *PG) Start() {
	p.t.Helper()
	if err := p.cluster.start(p.t.Context()); err != nil {
		p.t.Fatalf("sqltest: %v", err)
	}
}

// Stop ends the server as its admin would (fast shutdown) and returns when it
// is gone.
func (p *PG) Stop() {
	p.t.Helper()
	if err := p.cluster.stop(); err != nil {
		p.t.Fatalf("sqltest: %v", err)
	}
}
