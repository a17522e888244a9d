package pbs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// node is one vnode. A host has one, or several that share its parts out.
type node struct {
	name, host, queue string
	use               use
	resources         map[string]string // resources_available
	cpus, gpus        int
	memory            batch.Bytes
	// What jobs have of it.
	usedCPUs, usedGPUs int
	usedMemory         batch.Bytes
}

// use is what a node is good for now.
type use int

const (
	lost   use = iota // down, offline, not known: its parts are not counted
	closed            // works, but starts nothing new
	open              // starts jobs
)

// useOf reads a node's state, a word or a list of words. Only "free" alone starts
// jobs: a node whose job has it exclusively has free GPUs that nobody gets.
func useOf(state string) use {
	good := open
	for _, word := range strings.Split(state, ",") {
		switch strings.TrimSpace(word) {
		case "free":
		case "job-busy", "job-exclusive", "resv-exclusive", "busy", "sleep":
			good = min(good, closed)
		default:
			return lost
		}
	}
	return good
}

// nodeAnswer is what "pbsnodes -F json" prints. Any value may come as a text, a
// number or a list.
type nodeAnswer struct {
	Nodes map[string]struct {
		State     any            `json:"state"`
		Queue     any            `json:"queue"`
		Available map[string]any `json:"resources_available"`
		Assigned  map[string]any `json:"resources_assigned"`
	} `json:"nodes"`
}

func parseNodes(out []byte) ([]node, error) {
	decoder := json.NewDecoder(bytes.NewReader(bytes.ToValidUTF8(out, []byte("\uFFFD"))))
	decoder.UseNumber()
	var answer nodeAnswer
	if err := decoder.Decode(&answer); err != nil {
		return nil, fmt.Errorf("pbsnodes: %w: %w", errShape, err)
	}
	nodes := make([]node, 0, len(answer.Nodes))
	for name, a := range answer.Nodes {
		n := node{name: name, use: useOf(plain(a.State)), queue: plain(a.Queue), resources: map[string]string{}}
		for key, value := range a.Available {
			n.resources[key] = plain(value)
		}
		used := map[string]string{}
		for key, value := range a.Assigned {
			used[key] = plain(value)
		}
		if n.host = n.resources["host"]; n.host == "" {
			n.host = name
		}
		n.cpus, n.gpus, n.memory = parts(n.resources)
		n.usedCPUs, n.usedGPUs, n.usedMemory = parts(used)
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b node) int { return strings.Compare(a.name, b.name) })
	return nodes, nil
}

func parts(r map[string]string) (cpus, gpus int, memory batch.Bytes) {
	cpus, _ = strconv.Atoi(r["ncpus"])
	gpus, _ = strconv.Atoi(r["ngpus"])
	memory, _ = parseSize(r["mem"])
	const most = 1 << 20 // nobody has a million in a node
	return min(max(cpus, 0), most), min(max(gpus, 0), most), memory
}

// plain is a JSON value as text.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return clean(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// offers reports whether the node has what every chunk of a queue asks for: the
// text itself or one of a list, or at least the number. What every node has
// enough of by itself, CPUs and the like, does not tell nodes apart.
func (n node) offers(chunk map[string]string) bool {
	for name, want := range chunk {
		if name == "ncpus" || name == "mem" || name == "ngpus" || name == "mpiprocs" || name == "ompthreads" {
			continue
		}
		have := n.resources[name]
		a, errA := strconv.Atoi(have)
		b, errB := strconv.Atoi(want)
		switch {
		case errA == nil && errB == nil:
			if a < b {
				return false
			}
		case strings.EqualFold(have, want):
		case !slices.Contains(strings.Split(have, ","), want):
			return false
		}
	}
	return true
}
