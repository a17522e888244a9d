package slurm

import (
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// partition is one line of "scontrol --oneliner show partition".
type partition struct {
	queue      batch.Queue
	hidden     bool
	maxCPUs    int         // per node; 0: no limit
	maxNodeMem batch.Bytes // 0: no limit
	tier       uint64      // jobs of a higher one may take the nodes of a lower one's
	preempted  bool        // whose jobs then lose them
}

// parsePartitions reads every line that names a partition. Lines are written by
// admins; their values for the keys we read hold no blanks.
func parsePartitions(out []byte) ([]partition, error) {
	var all []partition
	for line := range strings.Lines(string(out)) {
		keys := map[string]string{}
		for _, word := range strings.Fields(line) {
			if key, value, ok := strings.Cut(word, "="); ok {
				keys[key] = clean([]byte(value))
			}
		}
		if keys["PartitionName"] == "" {
			continue
		}
		p, err := newPartition(keys)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func newPartition(keys map[string]string) (partition, error) {
	p := partition{hidden: keys["Hidden"] == "YES"}
	q := &p.queue
	q.Name = keys["PartitionName"]
	q.Default = keys["Default"] == "YES"
	q.State = keys["State"]
	q.Up = q.State == "UP"
	var err error
	if q.MaxTime, err = parseLimit(keys["MaxTime"]); err != nil {
		return p, err
	}
	if q.DefaultTime, err = parseLimit(keys["DefaultTime"]); err != nil {
		return p, err
	}
	q.AllowAccounts, q.DenyAccounts = names(keys["AllowAccounts"]), names(keys["DenyAccounts"])
	q.AllowQOS, q.DenyQOS = names(keys["AllowQos"]), names(keys["DenyQos"])
	q.AllowGroups = names(keys["AllowGroups"])
	q.QOS = keys["QoS"]
	if n, err := digits(keys["MaxCPUsPerNode"]); err == nil {
		p.maxCPUs = int(n)
	}
	if n, err := digits(keys["PriorityTier"]); err == nil {
		p.tier = uint64(n)
	}
	switch mode := keys["PreemptMode"]; mode {
	case "", "OFF", "SUSPEND", "GANG", "GANG,SUSPEND": // they keep their memory and go on later, or have nothing to fear
	default:
		p.preempted = true
	}
	if n, err := digits(keys["MaxMemPerNode"]); err == nil {
		p.maxNodeMem = batch.Bytes(n) * batch.MiB
	}
	return p, nil
}

// names splits a list; "ALL" and nothing are no list.
func names(s string) []string {
	var list []string
	for _, name := range strings.Split(s, ",") {
		if name = strings.TrimSpace(name); strings.EqualFold(name, "ALL") {
			return nil
		} else if name != "" {
			list = append(list, name)
		}
	}
	return list
}
