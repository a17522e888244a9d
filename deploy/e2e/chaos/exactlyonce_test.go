package chaos

import (
	"fmt"
	"testing"
)

const (
	lanes    = 3
	perRound = 8
)

// TestExactlyOnce launches sessions while gateways die and sbatch misbehaves.
// Afterwards every session has exactly one job, or has ended with words and has
// none.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	build(t)
	rounds := plan(int(number("CHAOS_N", 200)))
	var seen tally
	t.Run("lanes", func(t *testing.T) {
		for i := range lanes {
			t.Run(fmt.Sprint(i+1), func(t *testing.T) {
				t.Parallel()
				l := newLane(t, fmt.Sprintf("once%d", i+1), nil)
				n := 0
				for f := range rounds {
					n++
					seen.add(l.round(t, f, fmt.Sprintf("r%d", n), perRound))
				}
			})
		}
	})
	all := seen.total()
	fmt.Printf("%s\nlaunches=%d lost=%d doubled=%d untrue=%d\n", seen.table(), all.launches, all.lost, all.doubled, all.untrue)
	if all.lost+all.doubled+all.untrue > 0 {
		t.Error("the promise was broken")
	}
	for _, f := range faults {
		if s := seen.by[f.name]; f.point != "" && s != nil && s.deaths == 0 {
			t.Errorf("no gateway died at %s", f.point)
		}
	}
}

// plan gives every fault once and then goes on in another order until there are
// enough launches.
func plan(launches int) <-chan fault {
	var list []fault
	dice := random(1)
	for len(list)*perRound < launches || len(list) < len(faults) {
		for _, i := range dice.Perm(len(faults)) {
			list = append(list, faults[i])
			if len(list) >= len(faults) && len(list)*perRound >= launches {
				break
			}
		}
	}
	rounds := make(chan fault, len(list))
	for _, f := range list {
		rounds <- f
	}
	close(rounds)
	return rounds
}
