package chaos

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// lostAfter is the patience with a job that is not reported. It is longer than
// any of the disturbances that must not end a session.
const lostAfter = 20 * time.Second

// proof is a gateway with two running sessions and one that waits.
type proof struct {
	*lane
	alice, bob, carol client.Session
}

// TestProof gives the gateway answers of the queue that prove nothing: no
// session changes.
func TestProof(t *testing.T) {
	t.Parallel()
	p := newProof(t, "proof")
	for _, mode := range []string{"fail", "strange", "killed", "hang 9", "empty", "usage", "binary", "short", "half", "mangled"} {
		t.Run("squeue "+mode, func(t *testing.T) { p.disturb(t, mode, "", "squeue", "sacct") })
	}
	t.Run("nothing answers", func(t *testing.T) { p.silent(t, slices.Collect(maps.Keys(faulty))...) })
	t.Run("only the queue is silent", func(t *testing.T) { p.silent(t, "squeue") })
	p.drain(t)
}

// TestProofLost does the same with accounting, for jobs that the queue does not
// show. Then it takes a job out of all answers for good: its session is lost,
// but not before its time.
func TestProofLost(t *testing.T) {
	t.Parallel()
	p := newProof(t, "lost")
	for _, mode := range []string{"fail", "strange", "hang 9", "binary", "usage"} {
		t.Run("sacct "+mode, func(t *testing.T) {
			p.bin.set(t, "squeue", "empty")
			p.disturb(t, mode, "squeue", "sacct")
		})
	}
	t.Run("lost", p.lost)
	p.drain(t)
}

func newProof(t *testing.T, name string) *proof {
	t.Helper()
	p := &proof{lane: newLane(t, name, func(c *site.Config) { c.LostAfter = lostAfter })}
	p.start(t, "")
	p.alice, p.bob = p.put(t, "alice", "steady", "gpu-small", 1), p.put(t, "bob", "hidden", "gpu-small", 1)
	p.alice = p.users["alice"].Await(t, p.alice, time.Minute, "Ready")
	p.bob = p.users["bob"].Await(t, p.bob, time.Minute, "Ready")
	p.bin.set(t, "sbatch", "later 0")
	p.carol = p.put(t, "carol", "waiting", "gpu-small", 1)
	p.bin.set(t, "sbatch", through)
	p.carol = p.users["carol"].Await(t, p.carol, time.Minute, "Queued")
	return p
}

func (p *proof) mode(mode string) string {
	var word string
	_, _ = fmt.Sscan(mode, &word)
	return word
}

// disturb makes commands misbehave for some polls, and as they should again for
// some. Another command is set back with them.
func (p *proof) disturb(t *testing.T, mode, other string, commands ...string) {
	before := p.snapshot(t)
	first, word := commands[0], p.mode(mode)
	done := p.bin.calls(t, first, word)
	for _, c := range commands {
		p.bin.set(t, c, mode)
	}
	polls := 3
	if word == "hang" {
		polls = 2 // each as long as the gateway waits
	}
	began := time.Now()
	await.That(t, time.Minute, "some polls", func() error {
		return errors.Join(p.unchanged(t, before), p.open(t, p.alice, p.bob), p.bin.called(t, first, word, done+polls-1))
	})
	if lasted := time.Since(began); lasted > lostAfter/2 {
		t.Logf("the machine is slow: %d polls took %s", polls, lasted.Round(time.Second))
	}
	for _, c := range append(commands, other) {
		if c != "" {
			p.bin.set(t, c, through)
		}
	}
	healthy := p.bin.calls(t, "squeue", through)
	await.That(t, time.Minute, "polls that are answered", func() error {
		return errors.Join(p.unchanged(t, before), p.bin.called(t, "squeue", through, healthy+1))
	})
}

// silent is a scheduler of which these commands do not work.
func (p *proof) silent(t *testing.T, commands ...string) {
	before := p.snapshot(t)
	for _, c := range commands {
		p.bin.set(t, c, "fail")
	}
	await.That(t, time.Minute, "the gateway to say so", func() error {
		return errors.Join(p.unchanged(t, before), p.open(t, p.alice, p.bob), p.saysDown(t))
	})
	p.refuses(t)
	for _, c := range commands {
		p.bin.set(t, c, through)
	}
	await.That(t, time.Minute, "the scheduler to answer again", func() error {
		if since := p.downSince(t); !since.IsZero() {
			return fmt.Errorf("down since %s", since)
		}
		return p.unchanged(t, before)
	})
}

// lost hides bob's job and carol's: for a while, which is forgiven, and then for
// good. Carol's, of which no agent is there, is lost. Bob's agent is a better
// witness than the scheduler.
func (p *proof) lost(t *testing.T) {
	before := p.snapshot(t)
	hide := "hide " + p.bob.ID + `\|` + p.carol.ID
	hidden := p.bin.calls(t, "squeue", "hide")
	p.bin.set(t, "sacct", "empty")
	p.bin.set(t, "squeue", hide)
	await.That(t, time.Minute, "polls without the job", func() error {
		return errors.Join(p.unchanged(t, before), p.bin.called(t, "squeue", "hide", hidden+6))
	})
	shown := p.bin.calls(t, "squeue", through)
	p.bin.set(t, "squeue", through)
	await.That(t, time.Minute, "polls with the job", func() error {
		return errors.Join(p.unchanged(t, before), p.bin.called(t, "squeue", through, shown+1))
	})

	from := time.Now()
	p.bin.set(t, "squeue", hide)
	var ended client.Session
	await.That(t, 2*time.Minute, "the session to be lost", func() error {
		if ended = p.users["carol"].Show(t, p.carol); ended.State != "Ended" {
			return fmt.Errorf("it is %s", ended.State)
		}
		return nil
	})
	if took := ended.EndedAt.Sub(from); ended.Reason != "lost" || took < lostAfter {
		t.Errorf("after %s the session ended as %q (%s)", took, ended.Reason, ended.Detail)
	} else {
		t.Logf("lost after %s: %s", took.Round(100*time.Millisecond), ended.Detail)
	}
	delete(before, p.carol.ID)
	hidden = p.bin.calls(t, "squeue", "hide")
	await.That(t, time.Minute, "more polls without the job", func() error {
		return errors.Join(p.unchanged(t, before), p.open(t, p.alice, p.bob), p.bin.called(t, "squeue", "hide", hidden+6))
	})
	p.bin.set(t, "squeue", through)
	p.bin.set(t, "sacct", through)
	await.That(t, 2*time.Minute, "what still ran to be ended", func() error {
		if left := p.liveJobs(t, p.carol); len(left) > 0 {
			return fmt.Errorf("jobs %v live", left)
		}
		return p.unchanged(t, before)
	})
}
