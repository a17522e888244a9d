package pbs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/batch/pbs"
)

// The tests with a real PBS run as root on its server's host, with
// BERTH_TEST_PBS=1, the folder of the commands in BERTH_TEST_PBS_BIN and the
// pbs.conf in PBS_CONF_FILE, which sudo has to keep. The site has users alice and
// bob, queues workq and gpu, nodes with ngpus and gpu_type=a100, job history (or
// none, with BERTH_TEST_PBS_HISTORY=off) and room for some dozens of small jobs.
//
// PBS is in no distribution, so that this is not part of every build; the same
// suite runs over its recorded behaviour in fake_test.go.
func realSite(t *testing.T) (bin, conf string) {
	t.Helper()
	if os.Getenv("BERTH_TEST_PBS") != "1" {
		t.Skip("needs a real PBS: set BERTH_TEST_PBS=1 on its server's host")
	}
	if bin = os.Getenv("BERTH_TEST_PBS_BIN"); bin == "" {
		bin = "/opt/pbs/bin"
	}
	if conf = os.Getenv("PBS_CONF_FILE"); conf == "" {
		conf = "/etc/pbs.conf"
	}
	return bin, conf
}

func root(t *testing.T, name string, args ...string) string {
	t.Helper()
	bin, _ := realSite(t)
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, name), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s %q: %v: %s", name, args, err, stderr.Bytes())
	}
	return string(out)
}

var servicePort = regexp.MustCompile(`(?m)^PBS_BATCH_SERVICE_PORT=.*\n?`)

// realHarness talks to the server through a pbs.conf of its own. With another
// port in it, the server is away for this harness and for nobody else.
func realHarness(t *testing.T) batchtest.Harness {
	t.Helper()
	bin, original := realSite(t)
	text, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pbs-conf-") //nolint:usetesting // the owners must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	conf := filepath.Join(dir, "pbs.conf")
	write := func(text []byte) {
		if err := os.WriteFile(conf, text, 0o644); err != nil {
			t.Error(err)
		}
	}
	write(text)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := pbs.New(pbs.Config{BinDir: bin, ConfFile: conf})
	if err != nil {
		t.Fatal(err)
	}
	h := batchtest.Harness{
		Scheduler: s, Owner: "alice", Other: "bob", Queue: "workq", GPUQueue: "gpu", GPUType: "a100",
		Hold: []string{"-h"}, Forgets: os.Getenv("BERTH_TEST_PBS_HISTORY") == "off",
		// Each look takes a reserved port for a minute, of which there are some 480.
		Step:    func() { time.Sleep(500 * time.Millisecond) },
		Unknown: func(n int) batch.JobID { return batch.JobID(fmt.Sprintf("%d.pbshost", 9_900_000+n)) },
		SetDown: func(_ *testing.T, down bool) {
			if down {
				write(append(servicePort.ReplaceAll(text, nil), "PBS_BATCH_SERVICE_PORT=1\n"...))
			} else {
				write(text)
			}
		},
		Requeue: func(t *testing.T, id batch.JobID) { t.Helper(); root(t, "qrerun", string(id)) },
		Put: map[batch.State]func(*testing.T, batch.JobID){
			batch.Suspended: func(t *testing.T, id batch.JobID) { t.Helper(); root(t, "qsig", "-s", "suspend", string(id)) },
			batch.Timeout:   func(t *testing.T, id batch.JobID) { t.Helper(); root(t, "qalter", "-l", "walltime=1", string(id)) },
			batch.Cancelled: func(t *testing.T, id batch.JobID) {
				t.Helper()
				// In the moment before the node has said that the job runs (substate 42),
				// the server forgets who deletes it.
				for !strings.Contains(root(t, "qstat", "-f", "-F", "dsv", string(id)), "|substate=42|") && !t.Failed() {
					time.Sleep(100 * time.Millisecond)
				}
				root(t, "qdel", string(id))
			},
		},
	}
	if h.Forgets { // how a job ended is told by nobody
		delete(h.Put, batch.Timeout)
		delete(h.Put, batch.Cancelled)
	}
	return h
}

func TestRealConforms(t *testing.T) {
	realSite(t)
	batchtest.Run(t, realHarness)
}
