package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// machine is what there is to be given away.
type machine struct {
	cpus   int
	memory batch.Bytes
	gpus   []GPU
}

// inventory finds out what the machine has, once it is asked.
type inventory struct {
	cfg Config
	run *command.Runner

	mu    sync.Mutex
	known *machine
}

// machine is the machine as the configuration and the hardware have it. A
// question that had no answer is asked again the next time.
func (i *inventory) machine(ctx context.Context) (machine, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.known != nil {
		return *i.known, nil
	}
	m := machine{cpus: i.cfg.CPUs, memory: i.cfg.Memory, gpus: i.cfg.GPUs}
	if m.cpus == 0 {
		m.cpus = runtime.NumCPU()
	}
	var err error
	if m.memory == 0 {
		if m.memory, err = totalMemory(); err != nil {
			return m, fmt.Errorf("%w: %w", batch.ErrUnavailable, err)
		}
	}
	if m.gpus == nil {
		if m.gpus, err = i.askNvidia(ctx); err != nil {
			return m, err
		}
	}
	i.known = &m
	return m, nil
}

// askNvidia asks nvidia-smi; a machine without it has no GPUs.
func (i *inventory) askNvidia(ctx context.Context) ([]GPU, error) {
	if !isFile(i.cfg.NvidiaSMI) {
		return nil, nil
	}
	res, err := i.run.Run(ctx, command.Command{
		Path: i.cfg.NvidiaSMI, Args: []string{"--query-gpu=index,name", "--format=csv,noheader"},
	})
	if err != nil {
		return nil, err
	}
	if !res.OK() {
		return nil, fmt.Errorf("nvidia-smi: exit %d: %.200s: %w", res.ExitCode, res.Stdout, batch.ErrUnavailable)
	}
	return parseNvidia(res.Stdout), nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && filepath.IsAbs(path) && info.Mode().IsRegular()
}

// parseNvidia reads lines like "0, NVIDIA A100-SXM4-40GB". Lines that are not
// like that are passed over.
func parseNvidia(text []byte) []GPU {
	var gpus []GPU
	for line := range strings.Lines(string(text)) {
		index, name, ok := strings.Cut(strings.TrimSpace(line), ",")
		g := GPU{Index: strings.TrimSpace(index), Type: gpuType(name)}
		if ok && indexPattern.MatchString(g.Index) && gpuPattern.MatchString(g.Type) {
			gpus = append(gpus, g)
		}
	}
	return gpus
}

var notInType = regexp.MustCompile(`[^a-z0-9.+_]+`)

// gpuType makes "a100-sxm4-40gb" of "NVIDIA A100-SXM4-40GB".
func gpuType(name string) string {
	name = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "nvidia ")
	return strings.Trim(notInType.ReplaceAllString(name, "-"), "-.+_")
}

// totalMemory reads MemTotal of /proc/meminfo, which counts KiB (proc(5)).
func totalMemory() (batch.Bytes, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return batch.Bytes(kib) * batch.KiB, err
		}
	}
	return 0, fmt.Errorf("/proc/meminfo has no MemTotal")
}
