package sudoers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What the rule allows and refuses is tested with a real sudo in
// deploy/cluster.
func TestVisudoAccepts(t *testing.T) {
	t.Parallel()
	visudo, err := exec.LookPath("visudo")
	if err != nil {
		visudo = "/usr/sbin/visudo"
	}
	if _, err := os.Stat(visudo); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no visudo here: install sudo")
	}
	file := filepath.Join(t.TempDir(), "berth")
	if err := os.WriteFile(file, []byte(Fragment), 0o440); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(visudo, "-c", "-s", "-f", file).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}
