package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

var (
	soakPoints = []string{"before_row", "after_row", "before_submit", "during_submit:20ms", "after_submit", "after_store"}
	soakSbatch = []string{"hang 5", "silent", "timeout", "stuck 5", "mute", "garbage", "killed", "after", "late 5", "later 5"}
	soakQuery  = []string{"fail", "strange", "killed", "hang 5", "empty", "usage", "binary", "short", "half", "mangled"}
)

// disturb injects one fault after the other for so long. Then it leaves
// everything as it should be, so that the last gateway lives for a while.
func (k *soak) disturb(ctx context.Context, t testing.TB, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	dice := random(99)
	for pause(ctx, dice, 500*time.Millisecond, 2*time.Second) {
		switch dice.IntN(6) {
		case 0:
			k.Kill(t)
			k.start(t, "")
			k.counts.add("fault: gateway killed")
		case 1:
			k.failAt(ctx, t, dice)
		case 2:
			k.misbehave(ctx, t, dice, "sbatch", soakSbatch)
		case 3:
			k.misbehave(ctx, t, dice, pick(dice, []string{"squeue", "sacct", "sinfo"}), soakQuery)
		case 4:
			thaw := k.freeze(t)
			pause(ctx, dice, time.Second, 6*time.Second)
			thaw()
			k.counts.add("fault: controller stood still")
		case 5:
			k.killInJob(dice)
		}
	}
}

func pick[T any](dice *rand.Rand, list []T) T { return list[dice.IntN(len(list))] }

// failAt waits for a launch to end the gateway at a fail point, and starts it
// again.
func (k *soak) failAt(ctx context.Context, t testing.TB, dice *rand.Rand) {
	t.Helper()
	point := pick(dice, soakPoints)
	k.Kill(t)
	k.start(t, fmt.Sprintf("%s#%d", point, 1+dice.IntN(3)))
	timer := time.NewTimer(8 * time.Second)
	defer timer.Stop()
	select {
	case <-k.Ended():
		k.counts.add("fault: gateway died at " + point)
	case <-timer.C:
		k.Kill(t)
		k.counts.add("fault: gateway killed")
	case <-ctx.Done():
		k.Kill(t)
		k.counts.add("fault: gateway killed")
	}
	k.start(t, "")
}

func (k *soak) misbehave(ctx context.Context, t testing.TB, dice *rand.Rand, command string, modes []string) {
	t.Helper()
	mode := pick(dice, modes)
	k.bin.set(t, command, mode)
	pause(ctx, dice, time.Second, 4*time.Second)
	k.bin.set(t, command, through)
	mode, _, _ = strings.Cut(mode, " ")
	k.counts.add("fault: " + command + " " + mode)
}

// killInJob ends an app or an agent as the kernel would for want of memory.
func (k *soak) killInJob(dice *rand.Rand) {
	app := filepath.Join(filepath.Dir(k.Binary), "app")
	what, texts := "app", []string{app + "\x00" + appCommand + "\x00"}
	if dice.IntN(2) == 0 {
		what, texts = "agent", []string{k.Cluster.Binary + "\x00agent"}
	}
	var pids []int
	for pid, argv := range site.Table("cmdline") {
		if pid != os.Getpid() && strings.HasPrefix(argv, texts[0]) {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	dice.Shuffle(len(pids), func(i, j int) { pids[i], pids[j] = pids[j], pids[i] })
	for _, pid := range pids {
		s, ok := k.of(jobOf(pid))
		if !ok {
			continue
		}
		k.excuse(s, "failed")
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			k.counts.add("fault: " + what + " killed")
		}
		return
	}
}

// jobOf is the job that a process belongs to, by its environment.
func jobOf(pid int) string {
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return ""
	}
	for _, v := range strings.Split(string(environ), "\x00") {
		if id, ok := strings.CutPrefix(v, "SLURM_JOB_ID="); ok {
			return id
		}
	}
	return ""
}

// weight is how large the gateway is.
type weight struct {
	goroutines int
	rss        int64 // bytes
}

var (
	goroutinesLine = regexp.MustCompile(`(?m)^goroutines: (\d+)$`)
	rssLine        = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`)
)

// weigh asks the gateway for its goroutines, and the kernel for its memory.
func (k *soak) weigh(t testing.TB) weight {
	t.Helper()
	var w weight
	w.goroutines = k.tell(t, syscall.SIGUSR1)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", k.PID()))
	if err != nil {
		t.Fatal(err)
	}
	match := rssLine.FindSubmatch(status)
	if match == nil {
		t.Fatalf("no VmRSS in %s", status)
	}
	kilobytes, _ := strconv.ParseInt(string(match[1]), 10, 64)
	w.rss = kilobytes << 10
	return w
}

// goroutines has the gateway write its stacks to its log.
func (k *soak) goroutines(t testing.TB) {
	t.Helper()
	k.tell(t, syscall.SIGUSR2)
}

// tell sends a signal that the gateway answers with a count.
func (k *soak) tell(t testing.TB, signal syscall.Signal) int {
	t.Helper()
	before := len(goroutinesLine.FindAllString(k.Log(t), -1))
	if err := syscall.Kill(k.PID(), signal); err != nil {
		t.Fatal(err)
	}
	n := 0
	await.That(t, 20*time.Second, "the gateway to count", func() error {
		all := goroutinesLine.FindAllStringSubmatch(k.Log(t), -1)
		if len(all) <= before {
			return fmt.Errorf("%d answers", len(all))
		}
		n, _ = strconv.Atoi(all[len(all)-1][1])
		return nil
	})
	return n
}
