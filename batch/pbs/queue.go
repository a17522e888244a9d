package pbs

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// queue is a queue as qstat prints it.
type queue struct {
	queue        batch.Queue
	route        []string          // a routing queue's destinations
	chunk        map[string]string // default_chunk: what a node has to offer
	most, least  limits
	unsubmitable bool // only other queues may put jobs into it
}

// limits are resources_max or resources_min. Zero is none.
type limits struct {
	cpus, gpus int
	memory     batch.Bytes
	time       batch.Duration
}

// parseQueue reads one queue. What cannot be read of its limits limits nothing.
func parseQueue(r record, sv server) queue {
	f := r.fields
	q := queue{
		chunk: withPrefix(f, "default_chunk."), most: parseLimits(withPrefix(f, "resources_max.")),
		least: parseLimits(withPrefix(f, "resources_min.")), unsubmitable: isTrue(f["from_route_only"]),
	}
	defaults := map[string]string{}
	maps.Copy(defaults, sv.defaults)
	maps.Copy(defaults, withPrefix(f, "resources_default."))
	if f["queue_type"] == "Route" {
		for _, name := range strings.Split(f["route_destinations"], ",") {
			name, _, _ = strings.Cut(strings.TrimSpace(name), "@")
			q.route = append(q.route, name)
		}
	}
	enabled, started := isTrue(f["enabled"]), isTrue(f["started"])
	q.queue = batch.Queue{
		Name: r.name, Default: r.name == sv.defaultQueue, Up: enabled && started,
		State:       map[bool]string{true: "enabled", false: "disabled"}[enabled] + ", " + map[bool]string{true: "started", false: "stopped"}[started],
		DefaultTime: parseLimits(defaults).time, MaxTime: q.most.time,
	}
	if isTrue(f["acl_group_enable"]) {
		q.queue.AllowGroups = groupsOf(f["acl_groups"])
	}
	return q
}

func parseLimits(text map[string]string) limits {
	var l limits
	l.cpus, _ = strconv.Atoi(text["ncpus"])
	l.gpus, _ = strconv.Atoi(text["ngpus"])
	l.memory, _ = parseSize(text["mem"])
	l.time, _ = parseWalltime(text["walltime"])
	l.cpus, l.gpus = max(l.cpus, 0), max(l.gpus, 0)
	return l
}

var groupPattern = regexp.MustCompile(`^\+?([A-Za-z0-9_][A-Za-z0-9_.-]*)(@.*)?$`)

// groupsOf reads an access list of groups. One that takes some out ("-students")
// is left to the server, which judges it in order.
func groupsOf(list string) []string {
	var groups []string
	for _, entry := range strings.Split(list, ",") {
		m := groupPattern.FindStringSubmatch(strings.TrimSpace(entry))
		if m == nil {
			return nil
		}
		groups = append(groups, m[1])
	}
	slices.Sort(groups)
	return groups
}
