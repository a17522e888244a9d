package chaos

import "time"

// fault is what goes wrong in a round: the gateway dies at a point of a launch
// or some time after the launches were sent, sbatch misbehaves, or both.
type fault struct {
	name   string
	point  string        // BERTH_FAILPOINT
	sbatch string        // its mode; "": as it should be
	kill   time.Duration // after the launches were sent; 0: not so
}

// faults is every fault. A point without a number is reached by the first
// launch, so that the others are cut off early; with one they are anywhere.
var faults = []fault{
	{name: "before_row", point: "before_row#6"},
	{name: "after_row", point: "after_row"},
	{name: "after_row", point: "after_row#4"},
	{name: "before_submit", point: "before_submit"},
	{name: "before_submit", point: "before_submit#5"},
	{name: "during_submit", point: "during_submit:10ms"},
	{name: "during_submit", point: "during_submit:20ms#3"},
	{name: "during_submit", point: "during_submit:60ms#5"},
	{name: "after_submit", point: "after_submit"},
	{name: "after_submit", point: "after_submit#4"},
	{name: "after_store", point: "after_store"},
	{name: "after_store", point: "after_store#5"},
	{name: "any time", kill: 40 * time.Millisecond},
	{name: "any time", kill: 150 * time.Millisecond},
	{name: "any time", kill: 400 * time.Millisecond},

	{name: "sbatch hangs", sbatch: "hang 9"},
	{name: "sbatch fails, nothing submitted", sbatch: "timeout"},
	{name: "sbatch is silent, nothing submitted", sbatch: "silent"},
	{name: "sbatch submits, then hangs", sbatch: "stuck 9"},
	{name: "sbatch submits, answers nothing", sbatch: "mute"},
	{name: "sbatch submits, answers garbage", sbatch: "garbage"},
	{name: "sbatch submits, answers two ids", sbatch: "two"},
	{name: "sbatch submits, is killed", sbatch: "killed"},
	{name: "sbatch submits, says it timed out", sbatch: "after"},
	{name: "sbatch submits too late", sbatch: "late 9"},
	{name: "sbatch submits too late, job waits", sbatch: "later 9"},
	{name: "killed while sbatch hangs", sbatch: "hang 4", kill: time.Second},
	{name: "killed while sbatch hangs, submitted", sbatch: "stuck 4", kill: time.Second},
	{name: "killed, sbatch submits after that", sbatch: "late 2", kill: time.Second},
}
