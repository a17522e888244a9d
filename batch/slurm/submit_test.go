package slurm

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
)

func scheduler(t testing.TB, cfg Config) *Scheduler {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var body = []byte("#!/bin/bash\ntrue\n")

func TestSubmitArgs(t *testing.T) {
	t.Parallel()
	fixed := []string{"--parsable", "--job-name=berth:i:s:1", "--output=/dev/null", "--error=/dev/null", "--export=NONE", "--requeue"}
	for _, c := range []struct {
		name   string
		cfg    Config
		script batch.Script
		want   []string
	}{
		{"nothing asked for", Config{}, batch.Script{}, []string{"--nodes=1", "--ntasks=1"}},
		{
			"everything",
			Config{},
			batch.Script{
				Queue: "gpu", Account: "phys", QOS: "long", WorkDir: "/scratch/my dir", TimeLimit: batch.Duration(90 * time.Second),
				Resources: batch.Resources{CPUs: 4, Memory: batch.GiB + 1, GPUs: 2, GPUType: "a100_1g.5gb"},
				Native:    []string{"--reservation=course"},
			},
			[]string{
				"--partition=gpu", "--account=phys", "--qos=long", "--chdir=/scratch/my dir", "--time=2", "--nodes=1", "--ntasks=1",
				"--cpus-per-task=4", "--mem=1025M", "--gres=gpu:a100_1g.5gb:2", "--reservation=course",
			},
		},
		{
			"shares of two nodes, rounded up",
			Config{GPUOption: "gpus-per-node"},
			batch.Script{Resources: batch.Resources{Nodes: 2, CPUs: 5, Memory: 3 * batch.MiB, GPUs: 3}},
			[]string{"--nodes=2", "--ntasks=2", "--cpus-per-task=3", "--mem=2M", "--gpus-per-node=2"},
		},
		{
			"any GPU",
			Config{},
			batch.Script{Resources: batch.Resources{GPUs: 1}},
			[]string{"--nodes=1", "--ntasks=1", "--gres=gpu:1"},
		},
		{
			"a second is a minute",
			Config{},
			batch.Script{TimeLimit: batch.Duration(time.Second)},
			[]string{"--time=1", "--nodes=1", "--ntasks=1"},
		},
	} {
		c.script.Tag, c.script.Body = "berth:i:s:1", body
		got, err := scheduler(t, c.cfg).submitArgs(c.script)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(append(slices.Clone(fixed), c.want...), got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestSubmitRefusesBeforeItStartsAnything(t *testing.T) {
	t.Parallel()
	s := scheduler(t, Config{BinDir: "/nowhere"})
	for _, c := range []struct {
		field  string
		change func(*batch.Script)
	}{
		{"", func(s *batch.Script) { s.Tag = "berth x" }},
		{"", func(s *batch.Script) { s.Tag = "" }},
		{"", func(s *batch.Script) { s.Tag = strings.Repeat("a", 101) }},
		{"", func(s *batch.Script) { s.Tag = "a,b" }},
		{"", func(s *batch.Script) { s.Body = nil }},
		{"", func(s *batch.Script) { s.Body = []byte("echo\n") }},
		{"queue", func(s *batch.Script) { s.Queue = "--wrap=id" }},
		{"queue", func(s *batch.Script) { s.Queue = "gpu,cpu" }},
		{"queue", func(s *batch.Script) { s.Queue = "gpu\n" }},
		{"account", func(s *batch.Script) { s.Account = "a b" }},
		{"account", func(s *batch.Script) { s.Account = "é" }},
		{"qos", func(s *batch.Script) { s.QOS = "-q" }},
		{"gpu_type", func(s *batch.Script) { s.Resources.GPUType = "a100:4,gpu:v100" }},
		{"gpus", func(s *batch.Script) { s.Resources.GPUs = -1 }},
		{"cpus", func(s *batch.Script) { s.Resources.CPUs = -1 }},
		{"cpus", func(s *batch.Script) { s.Resources.Nodes = -1 }},
		{"cpus", func(s *batch.Script) { s.Resources.CPUs = 100_000 }},
		{"memory", func(s *batch.Script) { s.Resources.Memory = -1 }},
		{"time_limit", func(s *batch.Script) { s.TimeLimit = -1 }},
		{"", func(s *batch.Script) { s.WorkDir = "relative" }},
		{"", func(s *batch.Script) { s.WorkDir = "/a\nb" }},
		{"", func(s *batch.Script) { s.Native = []string{"file"} }},
	} {
		script := batch.Script{Tag: "berth:i:s:1", Body: body}
		c.change(&script)
		_, err := s.Submit(t.Context(), "alice", script)
		var no *batch.Rejected
		if !errors.As(err, &no) || no.Field != c.field || no.Reason == "" {
			t.Errorf("%+v: %v", script, err)
		}
	}
}

func TestParseSubmitted(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]batch.JobID{
		"1234\n": "1234", "1234;lab\n": "1234", "site says hello\n77\n": "77",
	} {
		if id, ok := parseSubmitted([]byte(out)); !ok || id != want {
			t.Errorf("%q: %q, %v", out, id, ok)
		}
	}
	for _, out := range []string{"", "\n", "1234", "Submitted batch job 12\n", "0\n", "12x\n", "1\n2\n", "-5\n", "12;\n", "99999999999\n"} {
		if id, ok := parseSubmitted([]byte(out)); ok {
			t.Errorf("%q is the job %q", out, id)
		}
	}
}

func TestParseEstimate(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("x", 9*60*60)
	want := time.Date(2026, 11, 23, 12, 51, 53, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"sbatch: Job 81 to start at 2026-11-23T21:51:53 using 1 processors on nodes c4 in partition cpu\n": want,
		"sbatch: Job 81 to start at 1795438313 using 1 processors on nodes c4 in partition cpu\n":          want,
		"sbatch: Job 81 to start at Unknown using 1 processors\n":                                          {},
		"sbatch: Job 81 to start at tomorrow using 1 processors\n":                                         {},
		"": {},
	} {
		if got := parseEstimate([]byte(text), zone); !got.Equal(want) {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func FuzzParseSubmitted(f *testing.F) {
	f.Add([]byte("1234;lab\n"))
	f.Add([]byte("1\n2\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		if id, ok := parseSubmitted(out); ok && !idPattern.MatchString(string(id)) {
			t.Errorf("%q is the job %q", out, id)
		}
		parseEstimate(out, time.UTC)
	})
}
