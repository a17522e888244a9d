package pbs

import (
	"bytes"
	"context"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Names reach qsub as arguments of their own, or within a chunk, where a colon,
// a plus sign or a comma would end them.
var (
	namePattern    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$`)
	accountPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:+-]{0,99}$`)
)

// mostOfAny bounds every number that is asked for; PBS takes any.
const mostOfAny = 1 << 20

// checkScript checks what qsub would take although it is wrong: it lets a job
// with ngpus=-1, ncpus=0 or walltime=0 run, and one for which there is no node
// wait for ever.
func checkScript(script batch.Script) error {
	reject := func(field, reason string) error { return &batch.Rejected{Field: field, Reason: reason} }
	r := script.Resources
	switch {
	case !tagPattern.MatchString(script.Tag):
		return reject("", "The job's tag is not valid")
	case !bytes.HasPrefix(script.Body, []byte("#!")):
		return reject("", "The job's script does not begin with #!")
	case bytes.ContainsAny(script.Body, "\r\x00"):
		return reject("", "The job's script has a carriage return or a NUL byte, which PBS does not take")
	case script.Queue != "" && !namePattern.MatchString(script.Queue):
		return reject("queue", "That is not the name of a queue")
	case script.Account != "" && !accountPattern.MatchString(script.Account):
		return reject("account", "That is not the name of an account")
	case script.QOS != "":
		return reject("qos", "PBS has no service classes (QOS)")
	case r.GPUType != "" && !namePattern.MatchString(r.GPUType):
		return reject("gpu_type", "That is not a type of GPU")
	case r.Nodes < 0 || r.CPUs < 0:
		return reject("cpus", "A negative number cannot be asked for")
	case r.Nodes > mostOfAny || r.CPUs >= mostOfAny:
		return reject("cpus", "No node has that many CPUs")
	case r.GPUs < 0:
		return reject("gpus", "A negative number cannot be asked for")
	case r.GPUs >= mostOfAny:
		return reject("gpus", "No node has that many GPUs")
	case r.Memory < 0:
		return reject("memory", "A negative amount cannot be asked for")
	case script.TimeLimit < 0:
		return reject("time_limit", "A negative time cannot be asked for")
	case script.WorkDir != "" && (!path.IsAbs(script.WorkDir) || strings.ContainsAny(script.WorkDir, "\x00\r\n")):
		return reject("", "The working directory is not an absolute path")
	}
	for _, option := range script.Native {
		if !strings.HasPrefix(option, "-") || strings.ContainsAny(option, "\x00\n") {
			return reject("", "An option of the site cannot be passed on")
		}
	}
	return nil
}

// snapshotAge is how long the queues are remembered for possible.
const snapshotAge = time.Minute

// possible refuses what no node of the queue can ever give. PBS would let such
// a job wait for ever, and say so only if the whole cluster is too small for it.
// If the queues cannot be told, qsub decides.
func (s *Scheduler) possible(ctx context.Context, script batch.Script) error {
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if time.Since(known.at) > snapshotAge {
		if _, err := s.Queues(ctx); err != nil {
			return nil //nolint:nilerr // the submission itself will tell that the server is away
		}
		s.mu.Lock()
		known = s.known
		s.mu.Unlock()
	}
	name := script.Queue
	if name == "" {
		name = known.first
	}
	q, ok := known.filled[name]
	if !ok {
		return nil
	}
	if no := known.queues[name].exceeded(script); no != nil {
		return no
	}
	if !known.sure || q.Nodes == 0 {
		return nil
	}
	return impossible(q, script.Resources)
}

// exceeded names the queue's own limit that the script breaks. qsub only says
// that there is one.
func (q queue) exceeded(script batch.Script) error {
	r := script.Resources
	switch {
	case q.most.time > 0 && script.TimeLimit > q.most.time:
		return &batch.Rejected{Field: "time_limit", Reason: "This queue allows at most " + q.most.time.String()}
	case script.TimeLimit > 0 && script.TimeLimit < q.least.time:
		return &batch.Rejected{Field: "time_limit", Reason: "This queue is for jobs of at least " + q.least.time.String()}
	case q.most.cpus > 0 && r.CPUs > q.most.cpus:
		return &batch.Rejected{Field: "cpus", Reason: "More CPUs were asked for than this queue allows"}
	case r.CPUs > 0 && r.CPUs < q.least.cpus:
		return &batch.Rejected{Field: "cpus", Reason: "Fewer CPUs were asked for than this queue is for"}
	case q.most.memory > 0 && r.Memory > q.most.memory:
		return &batch.Rejected{Field: "memory", Reason: "More memory was asked for than this queue allows"}
	case r.Memory > 0 && r.Memory < q.least.memory:
		return &batch.Rejected{Field: "memory", Reason: "Less memory was asked for than this queue is for"}
	case q.most.gpus > 0 && r.GPUs > q.most.gpus:
		return &batch.Rejected{Field: "gpus", Reason: "More GPUs were asked for than this queue allows"}
	case r.GPUs < q.least.gpus:
		return &batch.Rejected{Field: "gpus", Reason: "This queue is for jobs with GPUs; fewer were asked for than it is for"}
	}
	return nil
}

// impossible compares the share of one node with the largest node.
func impossible(q batch.Queue, r batch.Resources) error {
	nodes := max(r.Nodes, 1)
	reject := func(field, what string) error {
		return &batch.Rejected{Field: field, Reason: "No node of this queue has " + what}
	}
	most, known := 0, false
	for _, g := range q.GPUs {
		if r.GPUType == "" || r.GPUType == g.Type {
			most, known = max(most, g.MostNode), true
		}
	}
	switch {
	case r.GPUs > 0 && !known && r.GPUType != "":
		return reject("gpu_type", "such GPUs")
	case r.GPUs > 0 && !known:
		return reject("gpus", "GPUs")
	case share(r.GPUs, nodes) > most:
		return reject("gpus", "that many GPUs")
	case share(r.CPUs, nodes) > q.NodeCPUs:
		return reject("cpus", "that many CPUs")
	case share(r.Memory, batch.Bytes(nodes)) > q.NodeMemory:
		return reject("memory", "that much memory")
	case nodes > q.Nodes:
		return &batch.Rejected{Field: "cpus", Reason: "This queue has not that many nodes"}
	}
	return nil
}
