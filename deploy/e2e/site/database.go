package site

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"testing"
	"time"
)

// database makes a database of the service's role and returns its URL and what
// removes it again.
func (c Cluster) database(t testing.TB, name string) (address string, drop func()) {
	t.Helper()
	c.statement(t, fmt.Sprintf(`CREATE DATABASE %q OWNER %s`, name, service))
	u, err := url.Parse(c.databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.Path = url.User(service), "/"+name
	return u.String(), func() { c.statement(t, fmt.Sprintf(`DROP DATABASE IF EXISTS %q WITH (FORCE)`, name)) }
}

func (c Cluster) statement(t testing.TB, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", c.databaseURL, "-c", text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("psql: %v\n%s", err, out)
	}
}
