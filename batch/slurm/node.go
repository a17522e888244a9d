package slurm

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// node is one node as a member of one partition.
type node struct {
	name, partition string
	use             use
	cpus, idle      int
	memory, taken   batch.Bytes
	gpus, used      gpuCount
}

// use is what a node is good for now.
type use int

const (
	lost   use = iota // down, drained, in maintenance: its parts are not counted
	closed            // works, but starts nothing new
	open              // starts jobs
)

// nodeTable is what "sinfo --Node" is asked for: one line for each node of each
// partition.
var nodeTable = table[node]{
	{"NodeList", func(n *node, s string) error { n.name = s; return nil }},
	{"PartitionName", func(n *node, s string) error { n.partition = s; return nil }},
	{"StateLong", func(n *node, s string) error { n.use = useOf(s); return nil }},
	{"CPUsState", setCPUs},
	{"Memory", func(n *node, s string) error { return setMemory(&n.memory, s) }},
	{"AllocMem", func(n *node, s string) error { return setMemory(&n.taken, s) }},
	{"Gres", func(n *node, s string) error { n.gpus = parseGPUs(s); return nil }},
	{"GresUsed", func(n *node, s string) error { n.used = parseGPUs(s); return nil }},
}

// useOf reads "NODE STATE CODES" of sinfo(1): a word, then a mark for what
// happens to the node besides.
func useOf(state string) use {
	word := strings.TrimRight(state, "*~#!%$@^-+")
	good, known := map[string]use{
		"idle": open, "mixed": open, "allocated": open, "completing": open, "planned": open,
		"reserved": closed, "blocked": closed, "perfctrs": closed, "npc": closed,
		"draining": lost,
	}[word]
	if !known {
		return lost // down, drained, fail, maint, inval, future, unknown, powering_down, ...
	}
	for _, mark := range state[len(word):] {
		switch mark {
		case '*', '$', '%', '^': // silent, in maintenance, going down, rebooting
			return lost
		case '!', '@': // will go down or reboot when it can
			good = min(good, closed)
		}
	}
	return good
}

// setCPUs reads "allocated/idle/other/total".
func setCPUs(n *node, s string) error {
	parts := strings.Split(s, "/")
	if len(parts) != 4 {
		return fmt.Errorf("%.40q is not a count of CPUs", s)
	}
	idle, err := digits(parts[1])
	if err != nil {
		return err
	}
	total, err := digits(parts[3])
	n.idle, n.cpus = int(idle), int(total)
	return err
}

func setMemory(b *batch.Bytes, s string) error {
	if s == "" {
		return nil
	}
	n, err := digits(s)
	*b = batch.Bytes(n) * batch.MiB
	return err
}
