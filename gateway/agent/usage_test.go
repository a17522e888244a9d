package agent

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// tree writes a file system of the kernel's.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func stat(name, ppid, utime, stime, cutime, cstime, rss string) string {
	return "1 (" + name + ") S " + ppid + " 1 1 0 -1 0 0 0 0 0 " + utime + " " + stime + " " + cutime + " " + cstime +
		" 20 0 1 0 100 1000 " + rss + " 0 0\n"
}

func TestSample(t *testing.T) {
	t.Parallel()
	page := int64(os.Getpagesize())
	processes := map[string]string{
		"proc/10/stat":        stat("berth", "1", "100", "0", "50", "0", "10"),
		"proc/11/stat":        stat("a ) S 1 (b", "10", "200", "100", "0", "0", "20"),
		"proc/12/stat":        stat("kernel", "11", "300", "0", "0", "0", "30"),
		"proc/13/stat":        stat("stranger", "1", "900000", "0", "0", "0", "9999"),
		"proc/14/stat":        "nonsense",
		"proc/self/fd/0/stat": "",
	}
	both := func(more map[string]string) map[string]string {
		all := map[string]string{}
		for _, m := range []map[string]string{processes, more} {
			for k, v := range m {
				all[k] = v
			}
		}
		return all
	}
	byTree := tunnel.Usage{MemoryTop: 60 * page, CPU: 7.5, Memory: 60 * page, Processes: 3, Source: "proc"}
	for name, c := range map[string]struct {
		files map[string]string
		job   string
		want  tunnel.Usage
	}{
		"slurm, version 2": {both(map[string]string{
			"proc/self/cgroup": "0::/system.slice/slurmstepd.scope/job_77/step_batch/user/task_0\n",
			"sys/fs/cgroup/system.slice/slurmstepd.scope/job_77/memory.current": "5000\n",
			"sys/fs/cgroup/system.slice/slurmstepd.scope/job_77/memory.max":     "9000\n",
			"sys/fs/cgroup/system.slice/slurmstepd.scope/job_77/memory.stat":    "anon 1\ninactive_file 1000\n",
			"sys/fs/cgroup/system.slice/slurmstepd.scope/job_77/cpu.stat":       "usage_usec 2500000\nuser_usec 1\n",
			"sys/fs/cgroup/system.slice/slurmstepd.scope/job_77/pids.current":   "12\n",
		}), "77", tunnel.Usage{CPU: 2.5, Memory: 4000, MemoryTop: 4000, MemoryMax: 9000, Processes: 12, Source: "cgroup2"}},
		"no limit": {both(map[string]string{
			"proc/self/cgroup": "0::/pbs_jobs.service/jobid/12.pbs\n",
			"sys/fs/cgroup/pbs_jobs.service/jobid/12.pbs/memory.current": "5000\n",
			"sys/fs/cgroup/pbs_jobs.service/jobid/12.pbs/memory.max":     "max\n",
			"sys/fs/cgroup/pbs_jobs.service/jobid/12.pbs/cpu.stat":       "usage_usec 1\n",
		}), "12.pbs", tunnel.Usage{CPU: 1e-6, Memory: 5000, MemoryTop: 5000, Source: "cgroup2"}},
		"slurm, version 1": {both(map[string]string{
			"proc/self/cgroup": "4:memory:/slurm/uid_77/job_77/step_batch\n3:cpu,cpuacct:/slurm/uid_77/job_77/step_batch\n0::/\n",
			"sys/fs/cgroup/memory/slurm/uid_77/job_77/memory.usage_in_bytes": "700\n",
			"sys/fs/cgroup/memory/slurm/uid_77/job_77/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/cpu,cpuacct/slurm/uid_77/job_77/cpuacct.usage":    "3000000000\n",
		}), "77", tunnel.Usage{CPU: 3, Memory: 700, MemoryTop: 700, Source: "cgroup1"}},
		"a group of all jobs": {both(map[string]string{
			"proc/self/cgroup": "0::/system.slice/slurmd.service\n",
			"sys/fs/cgroup/system.slice/slurmd.service/memory.current": "5000\n",
			"sys/fs/cgroup/system.slice/slurmd.service/cpu.stat":       "usage_usec 1\n",
		}), "77", byTree},
		"another job's group":         {both(map[string]string{"proc/self/cgroup": "0::/slurm/job_177\n"}), "77", byTree},
		"a group that cannot be read": {both(map[string]string{"proc/self/cgroup": "0::/slurm/job_77\n"}), "77", byTree},
		"no groups":                   {processes, "77", byTree},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &meter{root: tree(t, c.files), job: c.job, pid: 10}
			got, ok := m.sample(t.Context())
			if !ok || got.At.IsZero() {
				t.Fatalf("%+v, %v", got, ok)
			}
			got.At = c.want.At
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if _, ok := (&meter{root: t.TempDir(), job: "77", pid: 10}).sample(t.Context()); ok {
		t.Error("a sample out of nothing")
	}
}

func TestGPUs(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"nvidia-smi": "#!/bin/sh\ncat <<'X'\n" +
		"0, GPU-aaaa1111, NVIDIA A100-SXM4-40GB, 35, 1024, 40960\n" +
		"1, GPU-bbbb2222, NVIDIA A100-SXM4-40GB, [N/A], 0, 40960\n" +
		"2, GPU-cccc3333, NVIDIA A100-SXM4-40GB, 99, 1, 40960\nbroken\nX\n"})
	if err := os.Chmod(filepath.Join(dir, "nvidia-smi"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	for visible, want := range map[string]string{
		"0,1": "0 35,1 -1", "GPU-cccc3333": "2 99", "GPU-bbbb": "1 -1", "": "", "NoDevFiles": "", "-1": "", "7": "",
	} {
		getenv := func(name string) string {
			return map[string]string{"CUDA_VISIBLE_DEVICES": visible, "PATH": dir}[name]
		}
		var got []string
		for _, g := range newGPUMeter(getenv, []string{"PATH=/bin:/usr/bin"}, slog.New(slog.DiscardHandler)).sample(t.Context()) {
			got = append(got, g.Index+" "+strconv.FormatFloat(g.Utilization, 'f', -1, 64))
			if g.MemoryTotal != 40960<<20 || g.Name != "NVIDIA A100-SXM4-40GB" {
				t.Errorf("%+v", g)
			}
		}
		if s := strings.Join(got, ","); s != want {
			t.Errorf("CUDA_VISIBLE_DEVICES=%q: %q, want %q", visible, s, want)
		}
	}
}

func TestFailingNvidiaSMIIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	calls := filepath.Join(dir, "calls")
	if err := os.WriteFile(filepath.Join(dir, "nvidia-smi"), []byte("#!/bin/sh\necho x >>"+calls+"\nexit 9\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	g := newGPUMeter(func(name string) string {
		return map[string]string{"CUDA_VISIBLE_DEVICES": "0", "PATH": dir}[name]
	}, nil, slog.New(slog.DiscardHandler))
	for range 10 {
		g.sample(t.Context())
	}
	if b, _ := os.ReadFile(calls); strings.Count(string(b), "x") != gpuTries {
		t.Errorf("called %d times", strings.Count(string(b), "x"))
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte(stat("a b) (c", "1", "2", "3", "4", "5", "6")))
	f.Add([]byte(") "))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := parseStat(b); ok && (p.ticks < 0 && p.parent < 0) {
			t.Errorf("%+v", p)
		}
	})
}

func FuzzParseGPUs(f *testing.F) {
	f.Add("0, GPU-1, A, 1, 2, 3\n", "0")
	f.Fuzz(func(t *testing.T, text, device string) {
		for _, g := range parseGPUs(text, []string{device}) {
			if g.Utilization < -1 || g.Utilization > 100 || g.MemoryUsed < 0 || g.MemoryTotal < 0 {
				t.Errorf("%+v", g)
			}
		}
	})
}

func FuzzCgroupPath(f *testing.F) {
	f.Add("/slurm/uid_1/job_77/step", "77.server")
	f.Fuzz(func(t *testing.T, path, job string) {
		if cut, ok := ofJob(path, job); ok && !strings.HasPrefix(path, cut) {
			t.Errorf("%q of %q", cut, path)
		}
	})
}

// BenchmarkSample is what a sample costs the node, without nvidia-smi.
func BenchmarkSample(b *testing.B) {
	m := &meter{root: "/", job: "none", pid: os.Getpid()}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, ok := m.measure(); !ok {
			b.Fatal("nothing measured")
		}
	}
	b.ReportMetric(float64(len(entries)), "entries")
}
