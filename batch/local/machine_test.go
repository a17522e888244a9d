package local

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/berth-hpc/berth/batch/command"
)

func TestNvidia(t *testing.T) {
	t.Parallel()
	text := "0, NVIDIA A100-SXM4-40GB\n1, NVIDIA A100-SXM4-40GB\n2, Tesla V100-PCIE-32GB\nNo devices were found\n, x\n3,\n"
	want := []GPU{{"0", "a100-sxm4-40gb"}, {"1", "a100-sxm4-40gb"}, {"2", "tesla-v100-pcie-32gb"}}
	if got := parseNvidia([]byte(text)); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// TestInventory: a machine is asked once it answers, and what does not answer is
// no machine without GPUs.
func TestInventory(t *testing.T) {
	t.Parallel()
	tool := filepath.Join(t.TempDir(), "nvidia-smi")
	run, err := command.New(command.Config{As: command.Self})
	if err != nil {
		t.Fatal(err)
	}
	has := &inventory{cfg: Config{NvidiaSMI: tool}.withDefaults(), run: run}
	write := func(script string) {
		if err := os.WriteFile(tool, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("exit 9")
	if m, err := has.machine(t.Context()); err == nil {
		t.Errorf("a broken nvidia-smi: %+v", m)
	}
	write("echo 0, NVIDIA L4")
	m, err := has.machine(t.Context())
	if err != nil || !slices.Equal(m.gpus, []GPU{{"0", "l4"}}) || m.cpus < 1 || m.memory < 1<<20 {
		t.Errorf("%+v, %v", m, err)
	}
}

func FuzzNvidia(f *testing.F) {
	f.Add([]byte("0, NVIDIA A100-SXM4-40GB\n"))
	f.Add([]byte("GPU-0, \xff\n,,\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, g := range parseNvidia(text) {
			if !indexPattern.MatchString(g.Index) || !gpuPattern.MatchString(g.Type) {
				t.Errorf("%+v", g)
			}
		}
	})
}
