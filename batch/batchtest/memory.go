package batchtest

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Memory is a batch.Scheduler, batch.History and batch.Estimator without a
// cluster. It is safe for concurrent use.
type Memory struct {
	mu          sync.Mutex
	next        int
	jobs        map[batch.JobID]*entry
	queues      []batch.Queue
	calls       Calls
	unavailable bool
	noHistory   bool
	loseSubmits int
	refusals    []error
	estimate    time.Time
	// entitlements are by user.
	entitlements map[string]batch.Entitlement
}

type entry struct {
	job      batch.Job
	script   batch.Script
	vanished bool // the queue does not show it any more
	finished bool // accounting has it
}

var (
	_ batch.Scheduler = (*Memory)(nil)
	_ batch.History   = (*Memory)(nil)
	_ batch.Estimator = (*Memory)(nil)
)

// New returns an empty scheduler with the queues of DemoQueues.
func New() *Memory {
	return &Memory{next: 1, jobs: map[batch.JobID]*entry{}, queues: DemoQueues()}
}

// DemoQueues are three partitions: "gpu" (2 nodes with 4 a100 each), "gpu-small"
// (1 node with 2 v100) and "cpu" (1 node, the default). Every node has 8 CPUs
// and 16 GiB of memory.
func DemoQueues() []batch.Queue {
	queue := func(name string, nodes int, gpus ...batch.GPU) batch.Queue {
		return batch.Queue{
			Name: name, Up: true, State: "UP", GPUs: gpus,
			DefaultTime: batch.Duration(time.Hour), MaxTime: batch.Duration(24 * time.Hour),
			Nodes: nodes, NodesUp: nodes, CPUs: 8 * nodes, FreeCPUs: 8 * nodes, NodeCPUs: 8,
			NodeMemory: 16 * batch.GiB, FreeMemory: 16 * batch.GiB, TotalMemory: batch.Bytes(nodes) * 16 * batch.GiB,
		}
	}
	cpu := queue("cpu", 1)
	cpu.Default = true
	return []batch.Queue{
		cpu,
		queue("gpu", 2, batch.GPU{Type: "a100", Total: 8, Free: 8, MostNode: 4}),
		queue("gpu-small", 1, batch.GPU{Type: "v100", Total: 2, Free: 2, MostNode: 2}),
	}
}

// Submit makes a pending job. It refuses what the queues cannot hold, as a
// scheduler would.
func (m *Memory) Submit(ctx context.Context, owner string, script batch.Script) (batch.JobID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Submit++
	if err := m.reachable(ctx); err != nil {
		return "", err
	}
	if !ownerPattern.MatchString(owner) || owner == "root" {
		return "", fmt.Errorf("batchtest: as %q: %w", owner, batch.ErrForbidden)
	}
	if len(m.refusals) > 0 {
		err := m.refusals[0]
		m.refusals = m.refusals[1:]
		return "", err
	}
	queue, err := m.admit(script)
	if err != nil {
		return "", err
	}
	id := batch.JobID(strconv.Itoa(m.next))
	m.next++
	job := batch.Job{
		ID: id, Owner: owner, Tag: script.Tag, State: batch.Pending, Native: "PENDING", Reason: "None",
		Queue: queue, Account: script.Account, QOS: script.QOS,
		SubmittedAt: time.Now(), TimeLimit: script.TimeLimit,
	}
	if slices.ContainsFunc(script.Native, func(s string) bool { return s == "-H" || s == "--hold" }) {
		job.State, job.Reason = batch.Held, "JobHeldUser"
	}
	script.Body = slices.Clone(script.Body)
	m.jobs[id] = &entry{job: job, script: script}
	if m.loseSubmits > 0 {
		m.loseSubmits--
		return "", fmt.Errorf("the answer was lost: %w", batch.ErrUnavailable)
	}
	return id, nil
}

func (m *Memory) admit(script batch.Script) (queue string, err error) {
	i := slices.IndexFunc(m.queues, func(q batch.Queue) bool {
		return q.Name == script.Queue || script.Queue == "" && q.Default
	})
	if i < 0 {
		return "", &batch.Rejected{Field: "queue", Reason: "There is no such partition", Native: "invalid partition specified: " + script.Queue}
	}
	q, r := m.queues[i], script.Resources
	impossible := func(field string) error {
		return &batch.Rejected{Field: field, Reason: "No node of this partition has that much", Native: "Requested node configuration is not available"}
	}
	switch most, known := mostGPUs(q, r.GPUType); {
	case r.GPUs > 0 && !known:
		return "", impossible("gpu_type")
	case r.GPUs > most:
		return "", impossible("gpus")
	case r.CPUs > q.NodeCPUs:
		return "", impossible("cpus")
	case r.Memory > q.NodeMemory:
		return "", impossible("memory")
	}
	return q.Name, nil
}

func mostGPUs(q batch.Queue, kind string) (most int, known bool) {
	for _, g := range q.GPUs {
		if kind == "" || strings.EqualFold(kind, g.Type) {
			most, known = max(most, g.MostNode), true
		}
	}
	return most, known
}

// Jobs reports the jobs that have not vanished.
func (m *Memory) Jobs(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Jobs++
	if err := m.reachable(ctx); err != nil {
		return nil, err
	}
	found := map[batch.JobID]batch.Job{}
	for _, id := range ids {
		if e := m.jobs[id]; e != nil && !e.vanished {
			found[id] = e.copy()
		}
	}
	return found, nil
}

// Find reports owner's jobs with the tag that have not vanished.
func (m *Memory) Find(ctx context.Context, owner, tag string) ([]batch.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Find++
	if err := m.reachable(ctx); err != nil {
		return nil, err
	}
	return m.search(owner, tag, func(e *entry) bool { return !e.vanished }), nil
}

// Cancel ends the job at once. Somebody else's job is ErrForbidden.
func (m *Memory) Cancel(ctx context.Context, owner string, id batch.JobID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Cancel++
	if err := m.reachable(ctx); err != nil {
		return err
	}
	e := m.jobs[id]
	switch {
	case e == nil || e.vanished:
		return nil
	case e.job.Owner != owner:
		return fmt.Errorf("job %s belongs to somebody else: %w", id, batch.ErrForbidden)
	case e.job.State.Phase() != batch.PhaseFinished:
		e.end(batch.Cancelled, 0)
		e.job.ExitCode = nil
		if !e.job.StartedAt.IsZero() {
			e.job.Signal = 15
		}
	}
	return nil
}

// Queues reports what SetQueues gave, DemoQueues by default, without the GPUs of
// running jobs.
func (m *Memory) Queues(ctx context.Context) ([]batch.Queue, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Queues++
	if err := m.reachable(ctx); err != nil {
		return nil, err
	}
	queues := slices.Clone(m.queues)
	for i := range queues {
		queues[i].GPUs = slices.Clone(queues[i].GPUs)
		for j := range queues[i].GPUs {
			m.takeGPUs(queues[i].Name, &queues[i].GPUs[j])
		}
	}
	return queues, nil
}

func (m *Memory) takeGPUs(queue string, g *batch.GPU) {
	for _, e := range m.jobs {
		r := e.script.Resources
		if e.job.Queue == queue && e.job.State.Phase() == batch.PhaseRunning && strings.EqualFold(r.GPUType, g.Type) {
			g.Free = max(g.Free-r.GPUs, 0)
		}
	}
}

var ownerPattern = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)

func (m *Memory) reachable(ctx context.Context) error {
	if m.unavailable || ctx.Err() != nil {
		return fmt.Errorf("batchtest: %w", batch.ErrUnavailable)
	}
	return nil
}

func (m *Memory) search(owner, tag string, keep func(*entry) bool) []batch.Job {
	var found []batch.Job
	for _, e := range m.jobs {
		if e.job.Owner == owner && e.job.Tag == tag && keep(e) {
			found = append(found, e.copy())
		}
	}
	slices.SortFunc(found, func(a, b batch.Job) int { return older(a.ID, b.ID) })
	return found
}

// older orders the ids that a Memory gives out.
func older(a, b batch.JobID) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
