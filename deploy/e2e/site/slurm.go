package site

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
)

// Slurm runs one of the scheduler's commands as root and returns what it
// prints.
func (c Cluster) Slurm(t testing.TB, command string, args ...string) string {
	t.Helper()
	out, err := c.TrySlurm(command, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TrySlurm is Slurm for commands that may fail.
func (c Cluster) TrySlurm(command string, args ...string) (string, error) {
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

// AwaitGone waits until a job is in nobody's way any more: neither waiting nor
// running nor on its way out. A session may have Ended a moment before.
func (c Cluster) AwaitGone(t testing.TB, job string) {
	t.Helper()
	await.That(t, 30*time.Second, "job "+job+" to leave the queue", func() error {
		out := c.Slurm(t, "squeue", "-h", "-o", "%A %T")
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, job+" ") {
				return fmt.Errorf("it is %s", line)
			}
		}
		return nil
	})
}

// Jobs are the numbers of all jobs of the gateway's sessions that are in the
// queue.
func (g *Gateway) Jobs(t testing.TB) []string {
	t.Helper()
	out, err := g.Cluster.TrySlurm("squeue", "-h", "-o", "%A %j")
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
	if _, err := g.Cluster.TrySlurm("scancel", jobs...); err != nil {
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
	file = filepath.Join(c.Folder(t), "slurm.conf")
	text = controllerPort.ReplaceAll(text, []byte("SlurmctldPort="+port))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return file, "127.0.0.1:" + string(match[1])
}
