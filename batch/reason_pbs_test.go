package batch_test

import (
	"testing"

	"github.com/berth-hpc/berth/batch"
)

// The comments are those of real jobs of OpenPBS 23.06.06.
func TestReasonTextOfPBS(t *testing.T) {
	t.Parallel()
	for comment, want := range map[string]string{
		"Not Running: Insufficient amount of resource: ngpus (R: 1 A: 0 T: 8)":       "Waiting for free GPUs",
		"Not Running: Insufficient amount of resource: ngpus (R: 6 A: 4 T: 8)":       "Waiting for enough free GPUs on one node (4 free)",
		"Not Running: Insufficient amount of resource: host ":                        "Waiting for a node with the host that was asked for",
		"Can Never Run: Insufficient amount of resource: ncpus (R: 500 A: 40 T: 40)": "The cluster has not enough CPUs for this: 500 asked for, 40 there",
		"Not Running: Queue not started.":                                            "The queue does not start jobs now",
		"Not Running: User has reached queue gpu running job limit.":                 "You have as many running jobs in queue gpu as you may have",
		"Not Running: Queue gpu per-user limit reached on resource ngpus":            "You use as many GPUs in queue gpu as you may use at once",
		"Not Running: Job would conflict with reservation or top job":                "Other jobs are ahead in the queue",
		"Not Running: Not enough free nodes available":                               "Waiting for enough free nodes",
		"Not Running: Something that no list has.":                                   "Something that no list has",
		"Held by the storage team until Monday":                                      "Held by the storage team until Monday",
	} {
		if got := batch.ReasonText(comment); got != want {
			t.Errorf("%q: %q, want %q", comment, got, want)
		}
		never := batch.Job{State: batch.Pending, Reason: comment}.WillNeverRun()
		if want := comment[:3] == "Can"; never != want {
			t.Errorf("%q: never runs: %v", comment, never)
		}
	}
}
