package site

import (
	"os"
	"path/filepath"
	"testing"
)

// Cluster says where the private cluster's parts are.
type Cluster struct {
	Dir       string // the cluster's directory, the same path for every user
	Binary    string // berth
	SlurmConf string
	LDAPURL   string
	LDAPCA    string

	databaseURL string // as the superuser
}

// Need finds the cluster that the test runs in. Without one it skips the test,
// or fails it when CI is set.
func Need(t testing.TB) Cluster {
	t.Helper()
	if os.Getenv("BERTH_TEST_SLURM") == "" {
		missing(t, "no private cluster here: bin/cluster run --berth bin/berth -- go -C deploy/e2e test ./...")
	}
	c := Cluster{
		Dir: os.Getenv("BERTH_TEST_DIR"), SlurmConf: os.Getenv("SLURM_CONF"),
		LDAPURL: os.Getenv("BERTH_TEST_LDAP_URL"), LDAPCA: os.Getenv("BERTH_TEST_LDAP_CA"),
		databaseURL: os.Getenv("BERTH_TEST_DATABASE_URL"),
	}
	bin := os.Getenv("BERTH_TEST_BIN")
	if bin == "" {
		missing(t, "the cluster has no berth binary: start it with --berth bin/berth")
	}
	c.Binary = filepath.Join(bin, "berth")
	return c
}

func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Log is the path of one of the cluster's own logs.
func (c Cluster) Log(name string) string { return filepath.Join(c.Dir, "log", name) }

// Home is a user's home.
func (c Cluster) Home(user string) string { return filepath.Join(c.Dir, "home", user) }

// Folder makes a folder that every user may look into and that goes with the
// test. Its path is short enough for sockets.
func (c Cluster) Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Join(c.Dir, "tmp"), "e2e-") //nolint:usetesting // a test's own is long, and closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
