package local_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local"
)

// groupVariable names the control group that was delegated to the test.
const groupVariable = "BERTH_TEST_CGROUP"

// delegation does what systemd does for Delegate=yes and DelegateSubgroup=gateway: the
// user owns a group and is in a subgroup of it. $1 is a mount point, $2 the group's
// name, $3 and $4 the user and group, and then comes the command.
const delegation = `set -e
mount -t cgroup2 none "$1"
was=$1$(sed -n 's/^0:://p' /proc/self/cgroup); top=$1/$2
mkdir "$top" "$top/gateway"
echo $$ >"$top/gateway/cgroup.procs"
chown "$3:$4" "$top" "$top/cgroup.procs" "$top/cgroup.subtree_control" "$top/gateway" "$top/gateway/cgroup.procs"
export BERTH_TEST_CGROUP="$top"
uid=$3 gid=$4; shift 4; code=0
setpriv --reuid "$uid" --regid "$gid" --clear-groups "$@" || code=$?
echo $$ >"$was/cgroup.procs"
rmdir "$top/gateway" "$top"
exit $code`

// delegated is a control group that this process may use, of a mount namespace of the
// test's own. As root the test is run again in there, as that user, and "" is returned.
func delegated(t *testing.T, to string) string {
	t.Helper()
	if dir := os.Getenv(groupVariable); dir != "" {
		return dir
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, to delegate a control group")
	}
	who, err := user.Lookup(to)
	if err != nil {
		t.Skip(err)
	}
	if out, err := exec.Command("unshare", "-m", "sh", "-c", "mount -t cgroup2 none /mnt && test -e /proc/self/cgroup && command -v setpriv").CombinedOutput(); err != nil {
		t.Skipf("no control groups of version 2 can be mounted: %v: %s", err, out)
	}
	binary := public(t)
	dir := filepath.Dir(binary)
	mount := filepath.Join(dir, "cgroup")
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(who.Uid)
	gid, _ := strconv.Atoi(who.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "-m", "sh", "-c", delegation, "delegate", mount, filepath.Base(dir), who.Uid, who.Gid,
		binary, "-test.run=^"+t.Name()+"$", "-test.v=true", "-test.timeout=120s")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as %s: %v\n%s", to, err, out)
	}
	return ""
}

// TestControlGroup: a job is in a group of its own from its first instruction, and
// nothing of it gets out, whatever becomes of its supervisor.
func TestControlGroup(t *testing.T) {
	t.Parallel()
	top := delegated(t, "nobody")
	if top == "" {
		return
	}
	cfg := machine(t)
	cfg.Cgroup = top
	dir := t.TempDir()
	s, stop := begin(t, cfg)
	// A grandchild that has nothing of the job: neither its parent nor its session nor
	// its environment.
	id := submit(t, s, script(`cat /proc/$PPID/cgroup /proc/self/cgroup >`+dir+`/groups
(env -i /usr/bin/setsid /bin/sh -c 'echo $$ >`+dir+`/stray; exec /bin/sleep 600' &)
echo $$ $PPID >`+dir+`/pids.part; mv `+dir+`/pids.part `+dir+`/pids; exec sleep 600`))
	pids, stray := strings.Fields(appears(t, filepath.Join(dir, "pids"))), appears(t, filepath.Join(dir, "stray"))
	until(t, "running", func() bool { return job(t, s, id).State == batch.Running })
	name := "berth-" + string(id)
	if text := appears(t, filepath.Join(dir, "groups")); strings.Count(text+"\n", "/"+name+"\n") != 2 {
		t.Errorf("the job and its supervisor are in\n%s", text)
	}
	supervisor, _ := strconv.Atoi(pids[1])
	if err := syscall.Kill(supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if j := over(t, s, id); j.State != batch.Failed {
		t.Errorf("%+v", j)
	}
	absent(t, filepath.Join(top, name))
	until(t, "nothing of the job is left", func() bool { return !alive(t, pids[0]) && !alive(t, stray) })

	// One that ends by itself, and one that is cancelled, leave no group either.
	quick, slow := submit(t, s, script("exit 3")), submit(t, s, script(`echo $$ >`+dir+`/slow; exec sleep 600`))
	if j := over(t, s, quick); j.ExitCode == nil || *j.ExitCode != 3 {
		t.Errorf("%+v", j)
	}
	appears(t, filepath.Join(dir, "slow"))
	if err := s.Cancel(t.Context(), me(t), slow); err != nil {
		t.Fatal(err)
	}
	if j := over(t, s, slow); j.State != batch.Cancelled {
		t.Errorf("%+v", j)
	}
	absent(t, filepath.Join(top, "berth-"+string(quick)))
	absent(t, filepath.Join(top, "berth-"+string(slow)))
	idle(t, s)
	stop()
	leftBehind(t, cfg, id)
	moved(t, cfg)
}

func absent(t *testing.T, dir string) {
	t.Helper()
	until(t, dir+" is gone", func() bool { _, err := os.Lstat(dir); return os.IsNotExist(err) })
}

// leftBehind: a group whose job no gateway saw the end of goes at the next start, with
// what is in it. Another installation's stays.
func leftBehind(t *testing.T, cfg local.Config, ours batch.JobID) {
	t.Helper()
	_, mark, _ := strings.Cut(string(ours), "-")
	old, other := filepath.Join(cfg.Cgroup, "berth-9999-"+mark), filepath.Join(cfg.Cgroup, "berth-9999-zzzzz")
	for _, dir := range []string{old, other} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	into, err := os.Open(old)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = into.Close() }()
	cmd := exec.Command("/bin/sleep", "600")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(into.Fd())}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	open(t, cfg)
	if err := cmd.Wait(); err == nil {
		t.Error("what was left in a group lives")
	}
	absent(t, old)
	if err := os.Remove(other); err != nil {
		t.Errorf("another's group: %v", err)
	}
}

// moved: where something takes the job out of its group, nothing of it is run.
func moved(t *testing.T, cfg local.Config) {
	t.Helper()
	dir := t.TempDir()
	mover := filepath.Join(dir, "mover")
	text := "#!/bin/sh\necho $$ >" + cfg.Cgroup + "/gateway/cgroup.procs\nexec " + strings.Join(cfg.Helper, " ") + " \"$@\"\n"
	if err := os.WriteFile(mover, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	cfg.Dir, cfg.Helper = filepath.Join(dir, "state"), []string{mover}
	s := open(t, cfg)
	id := submit(t, s, script("touch "+dir+"/ran"))
	if j := over(t, s, id); j.State != batch.LaunchFailed || !strings.Contains(j.Reason, "not in its control group") {
		t.Errorf("%+v", j)
	}
	if _, err := os.Lstat(filepath.Join(dir, "ran")); err == nil {
		t.Error("it was run all the same")
	}
	absent(t, filepath.Join(cfg.Cgroup, "berth-"+string(id)))
}
