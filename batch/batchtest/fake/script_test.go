package fake_test

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest/fake"
)

// The scripts call the commands as people do, with the folder in front of PATH.
// "cluster start" starts what waits, "cluster down", "up" and "nohistory" do what
// they say.
func TestScripts(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *fake.Cluster{"pbs": fake.PBS, "slurm": fake.Slurm} {
		c := start(t)
		testscript.Run(t, testscript.Params{
			Files: []string{filepath.Join("testdata", "script", name+".txtar")},
			Setup: func(e *testscript.Env) error {
				e.Setenv("PATH", c.Bin+":"+e.Getenv("PATH"))
				e.Setenv("TZ", "UTC")
				e.Setenv("BIN", c.Bin)
				return nil
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				"cluster": func(_ *testscript.TestScript, _ bool, args []string) {
					switch args[0] {
					case "start":
						for _, id := range c.Memory.IDs() {
							if c.Memory.Job(id).State == batch.Pending {
								c.Memory.Start(id, "gpu-1")
							}
						}
					case "down", "up":
						c.SetDown(args[0] == "down")
					case "nohistory":
						c.SetHistory(false)
					}
				},
			},
		})
	}
}
