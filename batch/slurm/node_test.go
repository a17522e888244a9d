package slurm

import "testing"

func TestUseOf(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]use{
		"idle": open, "mixed": open, "allocated": open, "completing": open, "planned": open, "idle~": open, "mixed#": open, "idle-": open,
		"allocated+": open, "mixed-": open,
		"reserved": closed, "idle@": closed, "allocated!": closed, "mixed@": closed,
		"idle*": lost, "mixed$": lost, "idle%": lost, "idle^": lost, "down": lost, "down*": lost, "drained": lost, "draining": lost,
		"drained*": lost, "maint": lost, "fail": lost, "failing": lost, "inval": lost, "future": lost, "unknown": lost, "unk": lost,
		"powering_down": lost, "powered_down": lost, "rebooting": lost, "n/a": lost, "": lost, "a new one": lost, "idle*~": lost, "****": lost,
	} {
		if got := useOf(state); got != want {
			t.Errorf("%q: got %d, want %d", state, got, want)
		}
	}
}

// A partition gives way to those above it with which it shares a node.
func TestGivesWay(t *testing.T) {
	t.Parallel()
	partitions, err := parsePartitions([]byte(`
PartitionName=owners State=UP PriorityTier=10 PreemptMode=REQUEUE
PartitionName=lent State=UP PriorityTier=1 PreemptMode=REQUEUE
PartitionName=paused State=UP PriorityTier=1 PreemptMode=SUSPEND
PartitionName=safe State=UP PriorityTier=1 PreemptMode=OFF
PartitionName=apart State=UP PriorityTier=1 PreemptMode=CANCEL
PartitionName=old State=UP
`))
	if err != nil {
		t.Fatal(err)
	}
	var nodes []node
	for _, p := range []string{"owners", "lent", "paused", "safe", "old"} {
		nodes = append(nodes, node{name: "c1", partition: p})
	}
	nodes = append(nodes, node{name: "c2", partition: "apart"}, node{partition: "owners"})
	for _, q := range fill(partitions, nodes) {
		if q.GivesWay != (q.Name == "lent") {
			t.Errorf("%s gives way: %t", q.Name, q.GivesWay)
		}
	}
}
