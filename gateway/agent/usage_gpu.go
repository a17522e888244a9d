package agent

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

const (
	gpuLimit    = 5 * time.Second // for one call of nvidia-smi
	gpuTries    = 3               // failures in a row after which it is left alone for a while
	gpuPause    = 30              // samples
	mostGPUText = 64 << 10
	mebibyte    = 1 << 20
)

// gpuMeter asks nvidia-smi about the job's own devices.
type gpuMeter struct {
	command string   // "": there is none, or the job has no GPU
	devices []string // of CUDA_VISIBLE_DEVICES: indexes or UUIDs
	env     []string
	failed  int // in a row
	pause   int // samples to let pass
	log     *slog.Logger
}

// newGPUMeter looks for nvidia-smi along the job's PATH. The job's devices are
// those of CUDA_VISIBLE_DEVICES, which programs go by, or else what Slurm says
// of the job (SLURM_JOB_GPUS, sbatch(1)).
func newGPUMeter(getenv func(string) string, env []string, log *slog.Logger) *gpuMeter {
	g := &gpuMeter{env: env, log: log}
	visible := getenv("CUDA_VISIBLE_DEVICES")
	if visible == "" {
		visible = getenv("SLURM_JOB_GPUS")
	}
	for d := range strings.SplitSeq(visible, ",") {
		if d = strings.TrimSpace(d); d != "" && d != "-1" && d != "NoDevFiles" {
			g.devices = append(g.devices, d)
		}
	}
	if len(g.devices) == 0 {
		return g
	}
	for _, dir := range append(filepath.SplitList(getenv("PATH")), "/usr/bin", "/usr/local/bin") {
		file := filepath.Join(dir, "nvidia-smi")
		if info, err := os.Stat(file); filepath.IsAbs(dir) && err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			g.command = file
			break
		}
	}
	if g.command == "" {
		log.Info("there is no nvidia-smi: the use of the job's GPUs is not known")
	}
	return g
}

// sample asks once; nil when there is nothing to know.
func (g *gpuMeter) sample(ctx context.Context) []tunnel.GPUUsage {
	if g == nil || g.command == "" {
		return nil
	}
	if g.pause > 0 {
		g.pause--
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, gpuLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, g.command, //nolint:gosec // found above, of a fixed name
		"--query-gpu=index,uuid,name,utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits")
	cmd.Env = g.env
	cmd.WaitDelay = time.Second
	out := &limited{}
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		if g.failed++; g.failed >= gpuTries {
			if g.failed == gpuTries {
				g.log.Info("nvidia-smi fails: the use of the job's GPUs is not known", "err", err)
			}
			g.pause = gpuPause
		}
		return nil
	}
	g.failed = 0
	return parseGPUs(out.String(), g.devices)
}

// parseGPUs reads nvidia-smi's lines and keeps the devices asked for, each once.
func parseGPUs(text string, devices []string) []tunnel.GPUUsage {
	var gpus []tunnel.GPUUsage
	for line := range strings.Lines(text) {
		f := strings.Split(line, ",")
		if len(f) != 6 || len(gpus) >= tunnel.MaxGPUs {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		if slices.ContainsFunc(gpus, func(g tunnel.GPUUsage) bool { return g.UUID == f[1] }) {
			continue
		}
		if !slices.ContainsFunc(devices, func(d string) bool {
			return d == f[0] || d == f[1] || (strings.HasPrefix(d, "GPU-") && len(d) >= 8 && strings.HasPrefix(f[1], d))
		}) {
			continue
		}
		g := tunnel.GPUUsage{Index: f[0], UUID: f[1], Name: f[2], Utilization: -1}
		if v, err := strconv.ParseFloat(f[3], 64); err == nil && v >= 0 && v <= 100 {
			g.Utilization = v
		}
		g.MemoryUsed, g.MemoryTotal = mib(f[4]), mib(f[5])
		gpus = append(gpus, g)
	}
	return gpus
}

func mib(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 || v > 1<<30 { // a pebibyte
		return 0
	}
	return v * mebibyte
}

// limited keeps the beginning of what is written to it.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := mostGPUText - l.Len(); room > 0 {
		_, _ = l.Buffer.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}
