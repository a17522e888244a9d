package session

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// mostName is how long a name may be, in bytes.
const mostName = 32

// namePattern is a DNS label in lower case: names are a part of paths now and
// of host names where a site uses them.
var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// accountPattern is what accounts and QOS may look like.
var accountPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$`)

// Defaults are what a request gets for what it leaves out.
type Defaults struct {
	App       string         `yaml:"app"`
	Cluster   string         `yaml:"cluster"`
	Queue     string         `yaml:"queue"` // "": the scheduler's own default
	CPUs      int            `yaml:"cpus"`
	Memory    batch.Bytes    `yaml:"memory"` // 0: the queue's own default
	TimeLimit batch.Duration `yaml:"time_limit"`
}

// Facts are what a request is checked against.
type Facts struct {
	Apps     []App
	Board    []Standing
	Defaults Defaults
	// Who asks, and what the schedulers let them ask for, by cluster. Nothing is
	// refused to somebody of whom nothing is known: the scheduler will say.
	Who    limit.Subject
	Rights map[string]batch.Entitlement
}

// Check turns a request into a launch, or says everything that is wrong with
// it in one *Invalid. A cluster whose scheduler does not answer is checked
// against its last known queues; one that never answered gives
// batch.ErrUnavailable.
func (f Facts) Check(r Request) (Launch, error) {
	bad := &Invalid{}
	for _, field := range slices.Sorted(maps.Keys(r)) {
		if !slices.Contains(Fields, field) {
			bad.add(shorten(field), "", strings.Join(Fields, ", "), "there is no field %q in a launch request", shorten(field))
		}
	}
	l := Launch{App: f.checkApp(bad, r)}
	l.Name = checkName(bad, r, l.App)
	standing, ok := f.checkCluster(bad, r)
	l.Cluster = standing.Cluster
	l.Account = checkPattern(bad, r, "account")
	l.QOS = checkPattern(bad, r, "qos")
	if ok && standing.At.IsZero() {
		return Launch{}, fmt.Errorf("cluster %s: %w", standing.Cluster, batch.ErrUnavailable)
	}
	if ok {
		if q, ok := f.checkQueue(bad, r, standing); ok {
			l.Queue = q.Name
			f.checkResources(bad, r, q, &l)
			f.checkRights(bad, q, l)
		}
	}
	if len(bad.Faults) > 0 {
		return Launch{}, bad
	}
	return l, nil
}

func (f Facts) checkApp(bad *Invalid, r Request) string {
	ids := make([]string, len(f.Apps))
	for i, a := range f.Apps {
		ids[i] = a.ID
	}
	want := strings.TrimSpace(r["app"])
	if want == "" {
		if f.Defaults.App != "" {
			return f.Defaults.App
		}
		if len(ids) > 0 {
			return ids[0]
		}
	}
	if !slices.Contains(ids, want) {
		bad.add("app", want, strings.Join(ids, ", "), "there is no app %q; there is: %s", shorten(want), strings.Join(ids, ", "))
	}
	return want
}

func checkName(bad *Invalid, r Request, app string) string {
	name := strings.TrimSpace(r["name"])
	if name == "" {
		return app
	}
	if !namePattern.MatchString(name) {
		bad.add("name", name, "1 to 32 of a-z, 0-9 and -",
			"a name has 1 to 32 small letters, digits and hyphens and neither begins nor ends with a hyphen; %q is none", shorten(name))
	}
	return name
}

func checkPattern(bad *Invalid, r Request, field string) string {
	v := strings.TrimSpace(r[field])
	if v != "" && !accountPattern.MatchString(v) {
		bad.add(field, v, "letters, digits and _ . @ -", "%s %q has characters that no %s has", label(field), shorten(v), field)
	}
	return v
}

func (f Facts) checkCluster(bad *Invalid, r Request) (Standing, bool) {
	want := strings.TrimSpace(r["cluster"])
	if want == "" {
		want = f.Defaults.Cluster
	}
	names := make([]string, len(f.Board))
	for i, s := range f.Board {
		names[i] = s.Cluster
		if s.Cluster == want || want == "" {
			return s, true
		}
	}
	bad.add("cluster", want, strings.Join(names, ", "), "there is no cluster %q; there is: %s", shorten(want), strings.Join(names, ", "))
	return Standing{}, false
}

func (f Facts) checkQueue(bad *Invalid, r Request, s Standing) (batch.Queue, bool) {
	want := strings.TrimSpace(r["queue"])
	if want == "" {
		want = f.Defaults.Queue
	}
	var names []string
	for _, q := range s.Queues {
		if q.Name == want || (want == "" && q.Default) {
			if !q.Up {
				bad.add("queue", q.Name, "", "partition %s takes no jobs now (%s)", q.Name, q.State)
				return q, false
			}
			return q, true
		}
		if q.Up {
			names = append(names, q.Name)
		}
	}
	possible := strings.Join(names, ", ")
	if want == "" {
		bad.add("queue", "", possible, "choose a partition: %s", possible)
	} else {
		bad.add("queue", want, possible, "there is no partition %q; there is: %s", shorten(want), possible)
	}
	return batch.Queue{}, false
}

func (f Facts) checkResources(bad *Invalid, r Request, q batch.Queue, l *Launch) {
	res := batch.Resources{Nodes: 1}
	checkGPUs(bad, r, q, &res)

	res.CPUs = bad.count(r, "cpus", max(f.Defaults.CPUs, 1))
	if res.CPUs == 0 {
		bad.add("cpus", "0", "at least 1", "a session needs at least 1 CPU")
	}
	if q.NodeCPUs > 0 && res.CPUs > q.NodeCPUs {
		bad.add("cpus", fmt.Sprint(res.CPUs), fmt.Sprintf("1 to %d", q.NodeCPUs),
			"%d CPUs asked; a node of %s has at most %d", res.CPUs, q.Name, q.NodeCPUs)
	}
	res.Memory = checkMemory(bad, r, q, f.Defaults.Memory)
	l.Resources = res
	l.TimeLimit = checkTime(bad, r, q, f.Defaults.TimeLimit)
}

func checkGPUs(bad *Invalid, r Request, q batch.Queue, res *batch.Resources) {
	res.GPUs = bad.count(r, "gpus", 0)
	res.GPUType = strings.TrimSpace(r["gpu_type"])
	if res.GPUs == 0 {
		res.GPUType = ""
		return
	}
	most, types, found := 0, []string{}, res.GPUType == ""
	for _, g := range q.GPUs {
		if g.Type != "" {
			types = append(types, g.Type)
		}
		if res.GPUType == "" || res.GPUType == g.Type {
			most, found = max(most, g.MostNode), true
		}
	}
	asked := fmt.Sprint(res.GPUs)
	switch {
	case len(q.GPUs) == 0:
		bad.add("gpus", asked, "0", "partition %s has no GPUs", q.Name)
	case !found:
		bad.add("gpu_type", res.GPUType, strings.Join(types, ", "), "partition %s has no GPUs of type %q; it has: %s",
			q.Name, shorten(res.GPUType), strings.Join(types, ", "))
	case len(q.GPUs) == 1 && res.GPUType == "" && res.GPUs <= most:
		res.GPUType = q.GPUs[0].Type // it can be no other
	case res.GPUs > most:
		kind := res.GPUType
		if kind == "" {
			kind = strings.Join(types, "/")
		}
		bad.add("gpus", asked, fmt.Sprintf("0 to %d", most), "%d GPUs asked; a node of %s has at most %d %s", res.GPUs, q.Name, most, kind)
	}
}

func checkMemory(bad *Invalid, r Request, q batch.Queue, fallback batch.Bytes) batch.Bytes {
	text := strings.TrimSpace(r["memory"])
	mem := fallback
	if text != "" {
		v, err := batch.ParseBytes(text)
		if err != nil {
			bad.add("memory", text, "an amount like 2G or 512M", "%v", err)
			return fallback
		}
		if v < batch.MiB {
			bad.add("memory", text, "at least 1M", "%q is less than a megabyte of memory; write 2G for two gigabytes", shorten(text))
		}
		mem = v
	}
	if q.NodeMemory > 0 && mem > q.NodeMemory {
		bad.add("memory", mem.String(), "up to "+q.NodeMemory.String(), "%s of memory asked; a node of %s has at most %s", mem, q.Name, q.NodeMemory)
	}
	return mem
}

func checkTime(bad *Invalid, r Request, q batch.Queue, fallback batch.Duration) batch.Duration {
	text := strings.TrimSpace(r["time_limit"])
	if text == "" {
		limit := fallback
		if limit == 0 {
			limit = q.DefaultTime
		}
		if limit == 0 {
			limit = batch.Duration(time.Hour)
		}
		if q.MaxTime > 0 {
			limit = min(limit, q.MaxTime)
		}
		return limit
	}
	limit, err := batch.ParseDuration(text)
	if err != nil {
		bad.add("time_limit", text, "a span like 1h30m or 2d", "%v", err)
		return fallback
	}
	if limit < batch.Duration(time.Minute) {
		bad.add("time_limit", text, "at least 1m", "a session runs for at least a minute")
	}
	if q.MaxTime > 0 && limit > q.MaxTime {
		bad.add("time_limit", limit.String(), "up to "+q.MaxTime.String(), "%s asked; partition %s allows at most %s", limit, q.Name, q.MaxTime)
	}
	return limit
}
