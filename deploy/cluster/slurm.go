package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"text/template"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

//go:embed *.tmpl
var templates embed.FS

// node is one of the cluster's compute nodes: a slurmd of its own.
type node struct {
	name    string
	cpus    int
	memory  int // MiB
	gpus    int
	gpuType string
}

var nodes = []node{
	{"c1", 8, 32768, 4, "a100"},
	{"c2", 8, 32768, 4, "a100"},
	{"c3", 8, 32768, 2, "v100"},
	{"c4", 8, 32768, 0, ""},
}

func (n node) gres() string {
	if n.gpus == 0 {
		return ""
	}
	return fmt.Sprintf("gpu:%s:%d", n.gpuType, n.gpus)
}

func (n node) device(i int) string {
	return inside("slurm", "gpu", fmt.Sprintf("%s-%d", n.name, i))
}

var slurmConf = inside("etc", "slurm.conf")

// startController starts slurmctld.
func startController(ctx context.Context, p plan) (*daemon, error) {
	d := &daemon{
		name: "slurmctld", stop: stopTerm, log: inside("log", "slurmctld.log"),
		argv: []string{"/usr/sbin/slurmctld", "-D", "-f", slurmConf},
	}
	if err := writeFor("slurm", d.log, "", 0o644); err != nil {
		return nil, err
	}
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, d.await(ctx, reachable(p.Ports.Slurmctld))
}

// startNodes starts all nodes at once and waits until every one is idle.
func startNodes(ctx context.Context) ([]*daemon, error) {
	daemons := make([]*daemon, len(nodes))
	var starting errgroup.Group
	for i, n := range nodes {
		daemons[i] = &daemon{
			name: "slurmd-" + n.name, stop: stopTerm, log: inside("log", "slurmd-"+n.name+".log"),
			argv: []string{"/usr/sbin/slurmd", "-D", "-N", n.name, "-f", slurmConf},
		}
		starting.Go(daemons[i].start)
	}
	if err := starting.Wait(); err != nil {
		return daemons, err
	}
	for i, n := range nodes {
		if err := daemons[i].await(ctx, n.idle); err != nil {
			return daemons, err
		}
	}
	return daemons, nil
}

// idle asks the controller whether jobs can start on the node.
func (n node) idle(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "/usr/bin/sinfo", "-h", "-n", n.name, "-o", "%T")
	cmd.Env = serviceEnv()
	output, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("sinfo: %w", err)
	}
	state, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	if state != "idle" && state != "mixed" && state != "allocated" { // jobs, with --keep
		return fmt.Errorf("node %s is %s", n.name, state)
	}
	return nil
}

// configureSlurm writes slurm.conf, gres.conf and the devices that they name.
func configureSlurm(p plan) error {
	type row struct {
		Name               string
		Port, CPUs, Memory int
		Gres               string
	}
	values := struct {
		Dir, MungeSocket string
		Ports            ports
		Accounting       bool
		LimitMemory      bool
		FirstJob         int
		Nodes            []row
	}{Dir: mountPoint, MungeSocket: mungeSocket, Ports: p.Ports, Accounting: p.Accounting == accountingOn, LimitMemory: p.LimitMemory}
	gres := "AutoDetect=off\n"
	for i, n := range nodes {
		values.Nodes = append(values.Nodes, row{n.name, p.Ports.Slurmd[i], n.cpus, n.memory, n.gres()})
		for g := range n.gpus {
			gres += fmt.Sprintf("NodeName=%s Name=gpu Type=%s File=%s\n", n.name, n.gpuType, n.device(g))
			if err := makeDevice(n.device(g)); err != nil {
				return err
			}
		}
	}
	var err error
	if values.FirstJob, err = firstJob(); err != nil {
		return err
	}
	text, err := render("slurm.conf.tmpl", values)
	if err != nil {
		return err
	}
	return errors.Join(
		write(slurmConf, text, 0o644),
		write(inside("etc", "gres.conf"), gres, 0o644),
		write(inside("etc", "cgroup.conf"), cgroupConf(p), 0o644),
		// Nodes give each job its temporary folder here, not in the machine's /tmp.
		write(inside("etc", "task-prolog"), "#!/bin/sh\necho export TMPDIR="+inside("tmp")+"\n", 0o755),
	)
}

// cgroupConf is written even if nothing here uses control groups, because slurmd
// insists on a plugin for them. This one touches nothing before it is used; the
// other looks for systemd, which a container does not have.
func cgroupConf(p plan) string {
	text := "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n"
	if p.LimitMemory {
		text += "ConstrainRAMSpace=yes\n"
	}
	return text
}

// makeDevice makes a GPU: to Slurm it is a device file, here one like /dev/null.
func makeDevice(path string) error {
	if err := unix.Mknod(path, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
		return fmt.Errorf("mknod %s: %w", path, err)
	}
	return os.Chmod(path, 0o666)
}

// firstJob counts the starts, and so gives each start job numbers that no
// earlier one used: Postgres remembers them.
func firstJob() (int, error) {
	path := inside("slurm", "starts")
	n, _ := strconv.Atoi(strings.TrimSpace(read(path)))
	n++
	return 1000*(n%60000) + 1, write(path, strconv.Itoa(n)+"\n", 0o644)
}

func render(name string, values any) (string, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(templates, name)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, values)
	return b.String(), err
}
