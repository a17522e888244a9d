package pbs

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch"
)

func names(nodes []node) string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.name)
	}
	return strings.Join(all, " ")
}

func testQueue(name string, chunk map[string]string) queue {
	return queue{queue: batch.Queue{Name: name}, chunk: chunk}
}

// Which nodes a queue's jobs can run on, in the ways that sites arrange it.
func TestMembers(t *testing.T) {
	t.Parallel()
	nodes := []node{
		{name: "cn01"},
		{name: "gn01", resources: map[string]string{"Qlist": "gpu,teaching"}},
		{name: "gn02", resources: map[string]string{"Qlist": "gpu", "ssd": "2"}},
		{name: "own01", queue: "lab"},
	}
	all := map[string]queue{
		"workq": testQueue("workq", map[string]string{"ncpus": "1"}),
		"gpu":   testQueue("gpu", map[string]string{"Qlist": "gpu"}),
		"teach": testQueue("teach", map[string]string{"Qlist": "teaching"}),
		"ssd":   testQueue("ssd", map[string]string{"ssd": "1"}),
		"lab":   testQueue("lab", nil),
		"named": testQueue("named", nil),
		"in":    {queue: batch.Queue{Name: "in"}, route: []string{"gpu", "lab", "gone", "in"}},
	}
	configured := map[string][]string{"named": {"gn*", "nosuch"}}
	for name, want := range map[string]string{
		"workq": "cn01 gn01 gn02", "gpu": "gn01 gn02", "teach": "gn01", "ssd": "gn02", "lab": "own01",
		"named": "gn01 gn02", "in": "gn01 gn02 own01",
	} {
		if got := names(members(all[name], all, nodes, configured)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestNodeStates(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]use{
		"free": open, "job-busy": closed, "job-exclusive": closed, "free,busy": closed, "offline": lost, "down": lost,
		"state-unknown,down": lost, "offline,job-busy": lost, "": lost, "something-new": lost,
	} {
		if got := useOf(state); got != want {
			t.Errorf("%q: %d, want %d", state, got, want)
		}
	}
}

// A host of several vnodes has what they have together; an exclusive one has no
// free GPUs; more taken than there is (ngpus=-1 is possible) frees nothing.
func TestHosts(t *testing.T) {
	t.Parallel()
	q := testQueue("gpu", nil).filled([]node{
		{name: "a[0]", host: "a", use: open, cpus: 8, gpus: 2, memory: 10 * batch.GiB, usedGPUs: 1},
		{name: "a[1]", host: "a", use: open, cpus: 8, gpus: 2, memory: 10 * batch.GiB, usedMemory: 4 * batch.GiB},
		{name: "b", host: "b", use: closed, cpus: 8, gpus: 3, memory: 10 * batch.GiB},
		{name: "c", host: "c", use: lost, cpus: 64, gpus: 8, memory: batch.TiB},
		{name: "d", host: "d", use: open, gpus: 1, usedGPUs: 5},
	}, func(n node) string { return map[bool]string{true: "v100", false: "a100"}[n.host == "b"] })
	if q.Nodes != 4 || q.NodesUp != 3 || q.NodeCPUs != 64 || q.CPUs != 24 || q.FreeMemory != 16*batch.GiB {
		t.Errorf("%+v", q)
	}
	want := []batch.GPU{{Type: "a100", Total: 5, Free: 3, MostNode: 8, Down: 8}, {Type: "v100", Total: 3, MostNode: 3}}
	if len(q.GPUs) != 2 || q.GPUs[0] != want[0] || q.GPUs[1] != want[1] {
		t.Errorf("%+v", q.GPUs)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	if got := groupsOf("+lab@*, staff"); strings.Join(got, " ") != "lab staff" {
		t.Errorf("%q", got)
	}
	if got := groupsOf("+lab,-students"); got != nil {
		t.Errorf("%q", got)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if err := (Config{}).Validate(); err != nil {
		t.Error(err)
	}
	for word, cfg := range map[string]Config{
		"server": {Server: "-x"}, "bin_dir": {BinDir: "pbs"}, "conf_file": {ConfFile: "pbs.conf"}, "sudo": {Sudo: "sudo"},
		"submit_as": {SubmitAs: "root"}, "timeout": {Timeout: -1}, "account_option": {AccountOption: "x"},
		"gpu_type_resource": {GPUTypeResource: "a:b"}, "queue_nodes": {QueueNodes: map[string][]string{"q": {"["}}},
		"extra_submit_args": {ExtraSubmitArgs: []string{"place=excl"}},
	} {
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
