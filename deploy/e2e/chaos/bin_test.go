package chaos

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/site"
)

//go:embed testdata/sbatch testdata/query
var scripts embed.FS

// bin is a folder of the scheduler's commands of which some misbehave when they
// are told to. It lies where sudo lets the gateway run them as its users.
type bin struct{ dir string }

var faulty = map[string]string{"sbatch": "sbatch", "squeue": "query", "sacct": "query", "sinfo": "query"}

const through = "through" // the mode of a command that does as it should

func newBin(t testing.TB, c site.Cluster, name string) *bin {
	t.Helper()
	b := &bin{filepath.Join(c.Dir, "faulty", name)}
	if err := os.Mkdir(b.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(b.dir) })
	for _, command := range []string{"scancel", "scontrol", "sacctmgr"} {
		if err := os.Symlink("/usr/bin/"+command, b.path(command)); err != nil {
			t.Fatal(err)
		}
	}
	for command, script := range faulty {
		text, err := scripts.ReadFile("testdata/" + script)
		if err != nil {
			t.Fatal(err)
		}
		site.WriteFor(t, "root", b.path(command), string(text), 0o755)
		site.WriteFor(t, "root", b.path(command+".calls"), "", 0o666) // whoever runs it
		b.set(t, command, through)
	}
	return b
}

func (b *bin) path(name string) string { return filepath.Join(b.dir, name) }

// set makes a command behave so from its next call on; the modes are in the
// scripts.
func (b *bin) set(t testing.TB, command, mode string) {
	t.Helper()
	next := b.path(command + ".next")
	if err := os.WriteFile(next, []byte(mode+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, b.path(command+".mode")); err != nil {
		t.Fatal(err)
	}
}

// calls counts how often the command was called in the mode.
func (b *bin) calls(t testing.TB, command, mode string) int {
	t.Helper()
	text, err := os.ReadFile(b.path(command + ".calls"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(append([]byte("\n"), text...), []byte("\n"+mode+"\n"))
}

// called gives an error until the command was called more than before times in
// the mode.
func (b *bin) called(t testing.TB, command, mode string, before int) error {
	t.Helper()
	if n := b.calls(t, command, mode); n <= before {
		return fmt.Errorf("%s was called %d times to be %s", command, n, mode)
	}
	return nil
}
