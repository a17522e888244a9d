package local

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// tree is a directory that looks like a control group with the controllers.
func tree(t *testing.T, dir string, controllers string) {
	t.Helper()
	files := map[string]string{
		"cgroup.procs": "", "cgroup.kill": "", "cgroup.controllers": controllers + "\n", "cgroup.subtree_control": "",
		"cgroup.events": "populated 0\nfrozen 0\n",
	}
	for _, c := range []string{"memory.max", "memory.swap.max", "memory.events", "cpu.max", "pids.max"} {
		if kind, _, _ := strings.Cut(c, "."); slices.Contains(strings.Fields(controllers), kind) {
			files[c] = ""
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// TestGroupLimits: each controller that is there gets the job's share, and only those.
func TestGroupLimits(t *testing.T) {
	t.Parallel()
	r := &record{ID: "3-abcd", CPUs: 3, Memory: 2 * batch.GiB}
	for controllers, want := range map[string]map[string]string{
		"cpuset cpu io memory pids": {"memory.max": "2147483648", "memory.swap.max": "0", "cpu.max": "300000 100000", "pids.max": "16384"},
		"pids":                      {"pids.max": "16384"},
		"hugetlb":                   {},
	} {
		root := t.TempDir()
		tree(t, root, controllers)
		tree(t, filepath.Join(root, "berth-3-abcd"), controllers)
		g, err := openGroups(root)
		if err != nil {
			t.Fatal(err)
		}
		own, err := g.make(r)
		if err != nil || own != g.of(r.ID) {
			t.Fatalf("%s: %s, %v", controllers, own, err)
		}
		got := map[string]string{}
		for _, name := range []string{"memory.max", "memory.swap.max", "cpu.max", "pids.max"} {
			if text := read(t, string(own), name); text != "" {
				got[name] = text
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", controllers, diff)
		}
		// The supervisor watches memory where the kernel does not.
		s := &Scheduler{groups: g}
		if o := s.order(r, nil, false); !o.Grouped || (o.Memory == 0) != g.has("memory") {
			t.Errorf("%s: %+v", controllers, o)
		}
	}
	if o := (&Scheduler{}).order(r, nil, false); o.Grouped || o.Memory != int64(r.Memory) {
		t.Errorf("without groups: %+v", o)
	}
}

// TestGroupRefused: what cannot be used is said when the gateway starts.
func TestGroupRefused(t *testing.T) {
	t.Parallel()
	old := t.TempDir()
	tree(t, old, "memory")
	if err := os.Remove(filepath.Join(old, "cgroup.kill")); err != nil {
		t.Fatal(err)
	}
	if _, err := openGroups(old); !errors.Is(err, errNoKill) {
		t.Errorf("an old kernel: %v", err)
	}
	if _, err := New(Config{Dir: t.TempDir(), Helper: []string{"/bin/true"}, Cgroup: t.TempDir()}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no control group: %v", err)
	}
	for _, c := range []Config{{Cgroup: "on"}, {Cgroup: "/x", Wrap: []string{"/bin/env"}}} {
		c.Dir, c.Helper = "/x", []string{"/x"}
		if err := c.Validate(); err == nil {
			t.Errorf("%+v", c)
		}
	}
	for _, c := range []Config{{Cgroup: CgroupOff}, {Cgroup: CgroupAuto, Wrap: []string{"/bin/env"}}} {
		if g, err := findGroups(c.withDefaults()); g != nil || err != nil {
			t.Errorf("%+v: %+v, %v", c, g, err)
		}
	}
}

// TestGroupOutOfMemory: a failed job whose process the kernel has killed says so, and
// one that was stopped does not.
func TestGroupOutOfMemory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		events string
		exit   supervisor.Exit
		want   batch.State
	}{
		{"low 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n", supervisor.Exit{Signal: int(syscall.SIGKILL)}, batch.OutOfMemory},
		{"oom 1\noom_kill 2\n", supervisor.Exit{Code: 1}, batch.OutOfMemory},
		{"oom 1\noom_kill 0\n", supervisor.Exit{Code: 1}, batch.Failed},
		{"", supervisor.Exit{Code: 1}, batch.Failed},
		{"oom_kill 1\n", supervisor.Exit{}, batch.Completed},
		{"oom_kill 1\n", supervisor.Exit{Cause: supervisor.Cancelled, Code: 1}, batch.Cancelled},
	} {
		s := &Scheduler{cfg: Config{Dir: t.TempDir()}.withDefaults(), work: newWork(), pokes: make(chan struct{}, 1)}
		s.groups = &groups{root: t.TempDir(), controls: []string{"memory"}}
		var err error
		if s.store, err = openStore(s.cfg.Dir); err != nil {
			t.Fatal(err)
		}
		r := &record{ID: "1-abcd", Number: 1, Owner: "alice", Phase: running, GivenAt: time.Now()}
		if err := s.store.put(r); err != nil {
			t.Fatal(err)
		}
		own := string(s.groupOf(r))
		tree(t, own, "memory")
		if err := os.WriteFile(filepath.Join(own, "memory.events"), []byte(c.events), 0o644); err != nil {
			t.Fatal(err)
		}
		c.exit.At = time.Now()
		if err := s.conclude(t.Context(), r, supervisor.Report{State: supervisor.Ended, Exit: &c.exit}); err != nil {
			t.Fatal(err)
		}
		if over, found, err := s.store.ended(r.ID); err != nil || !found || over.State != c.want {
			t.Errorf("%q, %+v: %+v, %v", c.events, c.exit, over, err)
		}
	}
}

// TestGroupAuto: only what was made for the purpose is used without being asked for.
func TestGroupAuto(t *testing.T) {
	t.Parallel()
	full, bare := t.TempDir(), t.TempDir()
	tree(t, full, "cpu memory")
	tree(t, bare, "hugetlb")
	cfg := Config{}.withDefaults()
	if g := delegated(cfg, filepath.Join(full, "gateway"), nil); g == nil || g.root != full || !g.has("cpu") || !g.has("memory") || g.has("pids") {
		t.Errorf("delegated: %+v", g)
	}
	for name, own := range map[string]string{
		"of somebody else": filepath.Join(full, "session-1.scope"), "the unit's own": full,
		"without controllers": filepath.Join(bare, "gateway"), "none": filepath.Join(bare, "none", "gateway"),
	} {
		if g := delegated(cfg, own, nil); g != nil {
			t.Errorf("%s: %+v", name, g)
		}
	}
	if g := delegated(cfg, "", errNoGroup); g != nil {
		t.Errorf("no control groups: %+v", g)
	}
}

func TestGroupDir(t *testing.T) {
	t.Parallel()
	const hybrid = "30 23 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n31 30 0:27 / /sys/fs/cgroup/unified rw shared:5 - cgroup2 cgroup2 rw\n"
	for _, c := range []struct{ membership, mounts, want string }{
		{"0::/system.slice/berth.service/gateway\n", "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/system.slice/berth.service/gateway"},
		{"9:pids:/x\n0::/a\n", hybrid, "/sys/fs/cgroup/unified/a"},
		{"0::/machine/x/gateway\n", "35 24 0:30 /machine/x /cg rw - cgroup2 none rw\n", "/cg/gateway"},
		{"0::/machine/xy\n", "35 24 0:30 /machine/x /cg rw - cgroup2 none rw\n", ""},
		{"0::/../outside\n", "35 24 0:30 /machine /cg rw - cgroup2 none rw\n", ""},
		{"9:pids:/x\n", hybrid, ""},
		{"0::/a\n", "30 23 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n", ""},
	} {
		if got, err := groupDir(c.membership, c.mounts); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v; want %q", c.membership, got, err, c.want)
		}
	}
}

func FuzzGroupDir(f *testing.F) {
	f.Add("0::/a/gateway\n", "35 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
	f.Add("0::/../x\n", "35 24 0:30 /y / - cgroup2 \n - cgroup2 \n")
	f.Fuzz(func(t *testing.T, membership, mounts string) {
		if dir, err := groupDir(membership, mounts); err == nil && !filepath.IsAbs(dir) {
			t.Errorf("%q", dir)
		}
	})
}

func FuzzCounted(f *testing.F) {
	f.Add("oom 1\noom_kill 2\n", "oom_kill")
	f.Add("oom_kill -3\noom_kill", "oom_kill")
	f.Fuzz(func(t *testing.T, text, name string) {
		if n := counted(text, name); n < 0 {
			t.Error(n)
		}
	})
}
