package batchtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Calls counts what a Memory was asked, failed questions included.
type Calls struct {
	Submit, Jobs, Find, Cancel, Queues, Finished, FindFinished, Estimate int
}

// Calls is how often each method was called so far.
func (m *Memory) Calls() Calls {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

// IDs lists every job there ever was, oldest first, vanished ones included.
func (m *Memory) IDs() []batch.JobID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Keys(m.jobs), older)
}

// Job is the job as it is now, vanished or not.
func (m *Memory) Job(id batch.JobID) batch.Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entry(id).copy()
}

// Script is what was submitted.
func (m *Memory) Script(id batch.JobID) batch.Script {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entry(id).script
}

// Start puts the job on node. It panics, as all hooks do, for an unknown id.
func (m *Memory) Start(id batch.JobID, node string) {
	m.Update(id, func(j *batch.Job) {
		j.State, j.Native, j.Reason = batch.Running, string(batch.Running), ""
		j.Nodes, j.NodeList, j.BatchHost = []string{node}, node, node
		j.StartedAt, j.EndedAt, j.EstimatedStart = time.Now(), time.Time{}, time.Time{}
	})
}

// Finish ends the job by itself with the exit code: Completed for 0, Failed
// for anything else.
func (m *Memory) Finish(id batch.JobID, exit int) {
	state := batch.Completed
	if exit != 0 {
		state = batch.Failed
	}
	m.End(id, state, exit)
}

// End ends the job in a final state of the caller's choice, Timeout say.
func (m *Memory) End(id batch.JobID, state batch.State, exit int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entry(id).end(state, exit)
}

// Requeue sends the job back into the queue, as after a node failure.
func (m *Memory) Requeue(id batch.JobID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(id)
	e.finished = false
	j := &e.job
	j.State, j.Native, j.Reason = batch.Pending, string(batch.Pending), "BeginTime"
	j.Nodes, j.NodeList, j.BatchHost = nil, "", ""
	j.StartedAt, j.EndedAt, j.ExitCode, j.Signal = time.Time{}, time.Time{}, nil, 0
	j.Restarts++
}

// Vanish makes the queue stop reporting the job. Finished still has it when it
// has ended.
func (m *Memory) Vanish(id batch.JobID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entry(id).vanished = true
}

// Return undoes Vanish.
func (m *Memory) Return(id batch.JobID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entry(id).vanished = false
}

// Update changes whatever the other hooks do not.
func (m *Memory) Update(id batch.JobID, change func(*batch.Job)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(id)
	change(&e.job)
	e.finished = e.job.State.Phase() == batch.PhaseFinished
}

// Add puts in a job that nobody submitted through this Memory: an orphan, or
// somebody else's with a forged tag. An empty id is replaced by a fresh one.
func (m *Memory) Add(job batch.Job) batch.JobID {
	m.mu.Lock()
	defer m.mu.Unlock()
	if job.ID == "" {
		job.ID = batch.JobID(strconv.Itoa(m.next))
		m.next++
	}
	m.jobs[job.ID] = &entry{job: job, finished: job.State.Phase() == batch.PhaseFinished}
	return job.ID
}

// SetUnavailable makes every method fail with ErrUnavailable, or work again.
func (m *Memory) SetUnavailable(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unavailable = down
}

// SetHistory switches accounting on (as it is at first) or off.
func (m *Memory) SetHistory(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.noHistory = !on
}

// SetQueues replaces what Queues answers and what Submit admits to.
func (m *Memory) SetQueues(queues ...batch.Queue) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queues = slices.Clone(queues)
}

// SetEstimate sets what Estimate answers.
func (m *Memory) SetEstimate(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.estimate = t
}

// RefuseNext makes one coming Submit fail with err, before any job is made.
// Several calls queue up.
func (m *Memory) RefuseNext(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refusals = append(m.refusals, err)
}

// LoseNextAnswer makes one coming Submit succeed in the cluster and still answer
// ErrUnavailable, as a timeout can.
func (m *Memory) LoseNextAnswer() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loseSubmits++
}

func (m *Memory) entry(id batch.JobID) *entry {
	e := m.jobs[id]
	if e == nil {
		panic(fmt.Sprintf("batchtest: there is no job %q", id))
	}
	return e
}

func (e *entry) end(state batch.State, exit int) {
	j := &e.job
	j.State, j.Native, j.Reason = state, string(state), ""
	j.EndedAt, j.ExitCode = time.Now(), &exit
	e.finished = true
}

func (e *entry) copy() batch.Job {
	j := e.job
	j.Nodes = slices.Clone(j.Nodes)
	if j.ExitCode != nil {
		code := *j.ExitCode
		j.ExitCode = &code
	}
	return j
}
