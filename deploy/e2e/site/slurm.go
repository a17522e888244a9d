package site

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Slurm runs one of the scheduler's commands as root and returns what it
// prints.
func (c Cluster) Slurm(t testing.TB, command string, args ...string) string {
	t.Helper()
	out, err := c.slurm(command, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c Cluster) slurm(command string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", command, strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}

// Queued says whether the scheduler's queue still has the job: waiting, running
// or on its way out.
func (c Cluster) Queued(t testing.TB, job string) bool {
	t.Helper()
	for line := range strings.Lines(c.Slurm(t, "squeue", "-h", "-o", "%A")) {
		if strings.TrimSpace(line) == job {
			return true
		}
	}
	return false
}

// Jobs are the numbers of all jobs of the gateway's sessions that are in the
// queue.
func (g *Gateway) Jobs(t testing.TB) []string {
	t.Helper()
	out, err := g.Cluster.slurm("squeue", "-h", "-o", "%A %j")
	if err != nil {
		t.Error(err)
		return nil
	}
	var jobs []string
	for line := range strings.Lines(out) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(name, "berth:"+g.Installation+":") {
			jobs = append(jobs, id)
		}
	}
	return jobs
}

// cancelJobs ends what a failed test has left in the queue.
func (g *Gateway) cancelJobs(t testing.TB) {
	t.Helper()
	jobs := g.Jobs(t)
	if len(jobs) == 0 {
		return
	}
	if _, err := g.Cluster.slurm("scancel", jobs...); err != nil {
		t.Error(err)
	}
}

var controllerPort = regexp.MustCompile(`(?m)^SlurmctldPort=(\d+)$`)

// SlurmConfVia copies slurm.conf with another address of the controller. It
// returns the copy's path and the controller's real address.
func (c Cluster) SlurmConfVia(t testing.TB, addr string) (file, controller string) {
	t.Helper()
	text, err := os.ReadFile(c.SlurmConf)
	if err != nil {
		t.Fatal(err)
	}
	match := controllerPort.FindSubmatch(text)
	if match == nil {
		t.Fatalf("%s does not say the controller's port", c.SlurmConf)
	}
	_, port, _ := strings.Cut(addr, ":")
	dir, err := os.MkdirTemp(filepath.Join(c.Dir, "tmp"), "slurm-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file = filepath.Join(dir, "slurm.conf")
	text = controllerPort.ReplaceAll(text, []byte("SlurmctldPort="+port))
	if err := errors.Join(os.WriteFile(file, text, 0o644), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return file, "127.0.0.1:" + string(match[1])
}
