package fake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// host is the name of the pretended PBS server.
const host = "pbshost"

// PBS makes a cluster with the commands of OpenPBS 23.06.06.
func PBS(t testing.TB) *Cluster {
	t.Helper()
	return start(t, (*Cluster).pbs, "qsub", "qstat", "qdel", "qselect", "qhold", "qrls", "pbsnodes")
}

// PBSID is a job's id as PBS writes it.
func PBSID(id batch.JobID) batch.JobID { return id + "." + host }

// MemoryID is the id that the Memory has for a job of PBS.
func MemoryID(id batch.JobID) batch.JobID {
	return batch.JobID(strings.TrimSuffix(string(id), "."+host))
}

func (c *Cluster) pbs(call Call) Reply {
	if c.down {
		// Each has an exit code of its own, and none says 0.
		exit := map[string]int{"qstat": 255, "pbsnodes": 1}[call.Name]
		if exit == 0 {
			exit = 162
		}
		return failed(exit, "Connection refused\n%s: cannot connect to server %s (errno=15010)", call.Name, host)
	}
	switch call.Name {
	case "qsub":
		return c.qsub(call)
	case "qstat":
		return c.qstat(call)
	case "qselect":
		return c.qselect(call)
	case "pbsnodes":
		return c.pbsnodes()
	}
	return c.onOne(call)
}

// qsub takes most of what makes no sense, as the real one does.
func (c *Cluster) qsub(call Call) Reply {
	script := batch.Script{Body: call.Stdin}
	for i := 0; i < len(call.Args); i++ {
		option := call.Args[i]
		switch option {
		case "-f":
			continue
		case "-h":
			script.Native = append(script.Native, "-H")
			continue
		}
		if i++; i == len(call.Args) || len(option) != 2 || !strings.Contains("CNjokmWSrqAPl", option[1:]) {
			return failed(2, "qsub: invalid option -- '%s'\nusage: qsub [-a date_time] ...", strings.TrimPrefix(option, "-"))
		}
		value := call.Args[i]
		switch option {
		case "-N":
			script.Tag = strings.ReplaceAll(value, "_", ":")
		case "-q":
			script.Queue, _, _ = strings.Cut(value, "@")
		case "-A", "-P":
			script.Account = value
		case "-l":
			if complaint := readResource(&script, value); complaint != "" {
				return failed(166, "qsub: Illegal attribute or resource value %s", complaint)
			}
		}
	}
	if strings.Contains(string(call.Stdin), "\r") {
		return failed(1, "qsub: script contains cr, lf")
	}
	id, err := c.Memory.Submit(context.Background(), call.User, script)
	var no *batch.Rejected
	switch {
	case errors.As(err, &no) && no.Field == "queue":
		return failed(170, "qsub: Unknown queue")
	case errors.As(err, &no): // waits for ever
		id = c.Memory.Add(batch.Job{
			Owner: call.User, Tag: script.Tag, State: batch.Pending, Queue: script.Queue, SubmittedAt: time.Now(),
			Reason: "Not Running: Insufficient amount of resource: ngpus (R: 6 A: 4 T: 8)",
		})
	case err != nil:
		return failed(175, "qsub: Bad UID for job execution")
	}
	return said(string(PBSID(id)) + "\n")
}

var selectPattern = regexp.MustCompile(`^(\d+)((?::[a-z_]+=[A-Za-z0-9._-]+)*)$`)

func readResource(script *batch.Script, value string) (complaint string) {
	name, value, _ := strings.Cut(value, "=")
	switch name {
	case "walltime":
		seconds, err := strconv.Atoi(value)
		if err != nil {
			return "Resource_List.walltime"
		}
		script.TimeLimit = batch.Duration(seconds) * batch.Duration(time.Second)
	case "select":
		m := selectPattern.FindStringSubmatch(value)
		if m == nil {
			return "Resource_List.select"
		}
		script.Resources.Nodes, _ = strconv.Atoi(m[1])
		for _, part := range strings.Split(m[2], ":")[1:] {
			key, amount, _ := strings.Cut(part, "=")
			n, _ := strconv.Atoi(amount)
			switch key {
			case "ncpus":
				script.Resources.CPUs = n
			case "ngpus":
				script.Resources.GPUs = n
			case "gpu_type":
				script.Resources.GPUType = amount
			case "mem":
				script.Resources.Memory, _ = batch.ParseBytes(amount)
			}
		}
	}
	return ""
}

// onOne is qdel, qhold and qrls.
func (c *Cluster) onOne(call Call) Reply {
	args := slices.DeleteFunc(slices.Clone(call.Args), func(a string) bool { return a == "-h" || a == "u" })
	if len(args) != 1 {
		c.down = true // several ids in one qdel crash the server, and it says that all is well
		return Reply{}
	}
	id := args[0]
	j, ok := c.pbsJob(id)
	finished := ok && j.State.Phase() == batch.PhaseFinished
	switch {
	case !ok, finished && !c.history:
		return failed(153, "%s: Unknown Job Id %s", call.Name, id)
	case finished:
		return failed(35, "%s: Job has finished %s", call.Name, id)
	case j.Owner != call.User:
		return failed(159, "%s: Unauthorized Request  %s", call.Name, id)
	}
	switch call.Name {
	case "qdel":
		_ = c.Memory.Cancel(context.Background(), call.User, j.ID)
		c.Memory.Update(j.ID, func(j *batch.Job) { j.CancelledBy = call.User })
	case "qhold":
		c.Memory.Update(j.ID, func(j *batch.Job) { j.State = batch.Held })
	case "qrls":
		c.Memory.Update(j.ID, func(j *batch.Job) { j.State = batch.Pending })
	}
	return Reply{}
}

func (c *Cluster) pbsJob(id string) (batch.Job, bool) {
	for _, j := range c.jobs() {
		if string(PBSID(j.ID)) == id {
			return j, true
		}
	}
	return batch.Job{}, false
}

func (c *Cluster) qselect(call Call) Reply {
	var owner, name string
	for i, a := range call.Args {
		switch a {
		case "-u":
			owner = call.Args[i+1]
		case "-N":
			name = call.Args[i+1]
		}
	}
	var b strings.Builder
	for _, j := range c.jobs() {
		shown := j.State.Phase() != batch.PhaseFinished || c.history && slices.Contains(call.Args, "-x")
		if shown && j.Owner == owner && strings.ReplaceAll(j.Tag, ":", "_") == name {
			b.WriteString(string(PBSID(j.ID)) + "\n")
		}
	}
	return said(b.String())
}

// pbsnodes has for each queue nodes of its own.
func (c *Cluster) pbsnodes() Reply {
	queues, _ := c.Memory.Queues(context.Background())
	nodes := map[string]any{}
	for _, q := range queues {
		var gpu batch.GPU
		if len(q.GPUs) > 0 {
			gpu = q.GPUs[0]
		}
		busy := gpu.Total - gpu.Free
		for n := range q.Nodes {
			name := fmt.Sprintf("%s-%d", q.Name, n+1)
			available := map[string]any{
				"arch": "linux", "host": name, "ncpus": q.NodeCPUs, "vnode": name,
				"mem": fmt.Sprintf("%dkb", q.NodeMemory/batch.KiB), "ngpus": gpu.MostNode,
			}
			if gpu.Type != "" {
				available["gpu_type"] = gpu.Type
			}
			used := min(busy, gpu.MostNode)
			busy -= used
			nodes[name] = map[string]any{
				"Mom": name, "ntype": "PBS", "state": "free", "queue": q.Name,
				"resources_available": available, "resources_assigned": map[string]any{"ngpus": used},
			}
		}
	}
	out, _ := json.MarshalIndent(map[string]any{"pbs_version": "23.06.06", "pbs_server": host, "nodes": nodes}, "", "\t")
	return Reply{Stdout: append(out, '\n')}
}
