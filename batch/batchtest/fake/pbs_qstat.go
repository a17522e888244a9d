package fake

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
)

// qstat knows "-B", "-Q" and jobs, all in the format dsv.
func (c *Cluster) qstat(call Call) Reply {
	has := func(option string) bool { return slices.Contains(call.Args, option) }
	if i := slices.Index(call.Args, "-F"); i < 0 || i+1 == len(call.Args) || call.Args[i+1] != "dsv" || !has("-f") {
		return failed(2, "qstat: conflicting options.")
	}
	switch {
	case has("-B"):
		fields := []string{"server_state=Active", "default_queue=cpu", "pbs_version=23.06.06"}
		if !c.blind {
			fields = append(fields, "query_other_jobs=True")
		}
		if c.history {
			fields = append(fields, "job_history_enable=True")
		}
		return said("Server: " + host + "|" + strings.Join(fields, "|") + "\n")
	case has("-Q"):
		return c.qstatQueues()
	}
	return c.qstatJobs(call, has("-x"))
}

func (c *Cluster) qstatQueues() Reply {
	queues, _ := c.Memory.Queues(context.Background())
	var b strings.Builder
	for _, q := range queues {
		up := map[bool]string{true: "True", false: "False"}[q.Up]
		fmt.Fprintf(&b, "Queue: %s|queue_type=Execution|resources_max.walltime=%d|resources_default.walltime=%d|enabled=%s|started=%s\n",
			q.Name, int64(q.MaxTime.Std().Seconds()), int64(q.DefaultTime.Std().Seconds()), up, up)
	}
	return said(b.String())
}

func (c *Cluster) qstatJobs(call Call, history bool) Reply {
	var ids []string
	for _, a := range call.Args {
		if strings.HasSuffix(a, "."+host) || strings.HasSuffix(a, "@"+host) {
			ids = append(ids, strings.TrimSuffix(a, "@"+host))
		}
	}
	if history && !c.history { // and the exit code is 0
		return failed(0, "qstat: PBS is not configured to maintain job history %s", strings.Join(ids, " "))
	}
	zone, err := time.LoadLocation(call.Zone)
	if err != nil {
		return failed(1, "qstat: %v", err)
	}
	var reply Reply
	if c.blind { // nothing, and the exit code is 0
		return reply
	}
	if len(ids) == 0 {
		for _, j := range c.jobs() {
			if history || j.State.Phase() != batch.PhaseFinished {
				reply.Stdout = append(reply.Stdout, dsv(j, zone)...)
			}
		}
		if c.fault == batchtest.NotUTF8 {
			reply.Stdout = append(reply.Stdout, "Job Id: 9999.pbshost|Job_Name=x|Job_Owner=mallory@pbshost|job_state=R|Account_Name=\xff\xfe\\|job_state=F\\n\n"...)
		}
		return reply
	}
	for _, id := range ids {
		j, ok := c.pbsJob(id)
		finished := j.State.Phase() == batch.PhaseFinished
		switch {
		case !ok || finished && !c.history:
			reply.Stderr, reply.Exit = fmt.Appendf(reply.Stderr, "qstat: Unknown Job Id %s\n", id), 153
		case finished && !history:
			reply.Stderr, reply.Exit = fmt.Appendf(reply.Stderr, "qstat: %s Job has finished, use -x or -H to obtain historical job information\n", id), 35
		default:
			reply.Stdout = append(reply.Stdout, dsv(j, zone)...)
		}
	}
	return reply
}

var letterOf = map[batch.State]string{
	batch.Pending: "Q", batch.Held: "H", batch.Running: "R", batch.Suspended: "S", batch.Completing: "E",
}

// statusOf is the Exit_status of a job that ran.
func statusOf(j batch.Job) int {
	switch {
	case j.State == batch.Timeout:
		return -29
	case j.State == batch.OutOfMemory:
		return -27
	case j.State == batch.NodeFail:
		return -4
	case j.State == batch.LaunchFailed:
		return -2
	case j.State == batch.Cancelled:
		return 256 + 15
	case j.Signal > 0:
		return 128 + j.Signal
	case j.ExitCode != nil:
		return *j.ExitCode
	}
	return 0
}

var escapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "\n", `\n`)

// dsv is a job's line.
func dsv(j batch.Job, zone *time.Location) string {
	var b strings.Builder
	put := func(name, value string) {
		if value != "" {
			b.WriteString("|" + name + "=" + escapes.Replace(value))
		}
	}
	at := func(name string, t time.Time) {
		if !t.IsZero() {
			put(name, t.In(zone).Format("Mon Jan _2 15:04:05 2006"))
		}
	}
	letter, ended := letterOf[j.State], j.State.Phase() == batch.PhaseFinished
	if ended {
		letter = "F"
	}
	ran := !j.StartedAt.IsZero()
	b.WriteString("Job Id: " + string(PBSID(j.ID)))
	put("Job_Name", strings.ReplaceAll(j.Tag, ":", "_"))
	put("Job_Owner", j.Owner+"@"+host)
	put("job_state", letter)
	put("queue", j.Queue)
	put("server", host)
	put("Account_Name", j.Account)
	at("ctime", j.SubmittedAt)
	if len(j.Nodes) > 0 {
		put("exec_host", strings.Join(j.Nodes, "/0+")+"/0")
	}
	put("Hold_Types", map[bool]string{true: "u", false: "n"}[j.State == batch.Held])
	at("mtime", later(j.EndedAt, j.SubmittedAt))
	if j.TimeLimit > 0 {
		s := int(j.TimeLimit.Std().Seconds())
		put("Resource_List.walltime", fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60))
	}
	at("stime", j.StartedAt)
	comment := j.Reason
	if ran {
		at("obittime", j.EndedAt)
		comment = "Job run at Mon Nov 23 at 08:05 on (cn01:ncpus=1)"
	}
	switch {
	case j.State == batch.Cancelled:
		put("substate", "91")
		comment += " and terminated"
		if ran && j.CancelledBy != "" {
			comment += " by " + j.CancelledBy + "@" + host
		}
	case ended:
		put("substate", "93")
	}
	put("comment", comment)
	at("estimated.start_time", j.EstimatedStart)
	runs := j.Restarts
	if ran {
		runs++
	}
	if runs > 0 {
		put("run_count", strconv.Itoa(runs))
	}
	if ended && ran {
		put("Exit_status", strconv.Itoa(statusOf(j)))
	}
	put("project", "_pbs_project_default")
	return b.String() + "\n"
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
