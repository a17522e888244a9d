package chaos

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// soak is a gateway in use, while everything around it goes wrong at times.
type soak struct {
	*lane
	*history
	counts *counter
}

// TestSoak lets people launch, use and stop sessions, and jobs be cancelled,
// requeued and killed from outside, while the gateway dies, the controller
// stands still and its commands lie. At the end every session is accounted for,
// and the gateway is no larger than it was.
func TestSoak(t *testing.T) {
	fallback := time.Minute
	if os.Getenv("CI") != "" {
		fallback = 3 * time.Minute
	}
	length := span("SOAK", fallback)
	k := &soak{history: newHistory(), counts: &counter{}}
	k.lane = newLane(t, "soak", func(c *site.Config) { c.LostAfter = 5 * time.Minute })
	k.start(t, "")
	atStart := k.weigh(t)

	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var busy sync.WaitGroup
	for i, user := range people {
		busy.Go(func() { k.use(ctx, t, user, random(uint64(100+i))) })
	}
	watching, unwatch := context.WithCancel(t.Context())
	defer unwatch()
	var watch sync.WaitGroup
	watch.Go(func() { k.watch(watching, t) })
	k.disturb(ctx, t, length*7/10)
	busy.Wait()

	v := k.settle(t)
	unwatch()
	watch.Wait()
	k.drain(t)
	atEnd := k.rest(t, atStart)
	k.report(t, length, v, atStart, atEnd)
}

// settle waits until everything is decided and judges it.
func (k *soak) settle(t testing.TB) verdict {
	t.Helper()
	var v verdict
	took, err := await.Until(t.Context(), settleWithin, func() error {
		if err := k.look(t); err != nil {
			return err
		}
		v = judge(k.known())
		switch left := k.submitting(); {
		case left > 0:
			return fmt.Errorf("%d calls of sbatch have not ended", left)
		case len(v.lost) > 0:
			return fmt.Errorf("%s", strings.Join(v.lost, "; "))
		}
		return nil
	})
	if err != nil {
		t.Errorf("not settled after %s: %v", took.Round(time.Second), err)
	}
	return v
}

// rest waits until the gateway, which has nothing to do any more, has let go of
// what it needed.
func (k *soak) rest(t testing.TB, before weight) weight {
	t.Helper()
	var w weight
	_, err := await.Until(t.Context(), time.Minute, func() error {
		if w = k.weigh(t); w.goroutines > before.goroutines+10 {
			return fmt.Errorf("%d goroutines; at the start there were %d", w.goroutines, before.goroutines)
		}
		return nil
	})
	if err != nil {
		k.goroutines(t)
		t.Error(err)
	}
	if w.rss > before.rss+64<<20 {
		t.Errorf("%d MiB resident; at the start it was %d", w.rss>>20, before.rss>>20)
	}
	return w
}

func (k *soak) report(t testing.TB, length time.Duration, v verdict, before, after weight) {
	t.Helper()
	for _, line := range slices.Concat(v.lost, v.doubled, v.untrue, k.odd) {
		t.Error(line)
	}
	launches, _, _ := k.known()
	var b strings.Builder
	fmt.Fprintf(&b, "soak of %s\n", length)
	for _, name := range slices.Sorted(maps.Keys(k.counts.n)) {
		fmt.Fprintf(&b, "  %-44s %6d\n", name, k.counts.n[name])
	}
	fmt.Fprintf(&b, "sessions launched   %6d (%d run on, %d ended, %d have no row)\n", len(launches), v.running, v.ended, v.none)
	fmt.Fprintf(&b, "faults injected     %6d\n", k.counts.sum("fault: "))
	fmt.Fprintf(&b, "lost                %6d\ndoubled             %6d\nwrongly ended       %6d\nchanged afterwards  %6d\n",
		len(v.lost), len(v.doubled), len(v.untrue), len(k.odd))
	fmt.Fprintf(&b, "                     start    end\ngoroutines          %6d %6d\nresident (MiB)      %6d %6d\n",
		before.goroutines, after.goroutines, before.rss>>20, after.rss>>20)
	fmt.Println(b.String())
	if len(launches) == 0 || k.counts.sum("fault: ") == 0 || k.counts.n["request: 200"] == 0 {
		t.Error("nothing was tried")
	}
}

// counter counts by name.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name]++
}

func (c *counter) sum(prefix string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := 0
	for name, n := range c.n {
		if strings.HasPrefix(name, prefix) {
			sum += n
		}
	}
	return sum
}
