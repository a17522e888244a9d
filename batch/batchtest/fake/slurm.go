package fake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
)

// Slurm makes a cluster with the commands of Slurm 22.05.
func Slurm(t testing.TB) *Cluster {
	t.Helper()
	return start(t, (*Cluster).slurm, "sbatch", "squeue", "sacct", "scancel", "scontrol", "sinfo")
}

func (c *Cluster) slurm(call Call) Reply {
	if c.down {
		return failed(1, "%s: error: Unable to contact slurm controller (connect failure)", call.Name)
	}
	switch call.Name {
	case "sbatch":
		return c.sbatch(call)
	case "squeue":
		return c.squeue(call)
	case "sacct":
		return c.sacct(call)
	case "sinfo":
		return c.sinfo(call)
	case "scancel":
		return c.onSlurmJob(call, call.Args[len(call.Args)-1], func(id batch.JobID) {
			_ = c.Memory.Cancel(context.Background(), call.User, id)
		})
	}
	return c.scontrol(call)
}

// option is the value of "--name=value".
func option(args []string, name string) string {
	for _, a := range args {
		if value, ok := strings.CutPrefix(a, "--"+name+"="); ok {
			return value
		}
	}
	return ""
}

func (c *Cluster) sbatch(call Call) Reply {
	script := batch.Script{
		Tag: option(call.Args, "job-name"), Body: call.Stdin, Queue: option(call.Args, "partition"),
		Account: option(call.Args, "account"), QOS: option(call.Args, "qos"),
	}
	number := func(name string) int { n, _ := strconv.Atoi(option(call.Args, name)); return n }
	script.TimeLimit = batch.Duration(number("time")) * batch.Duration(time.Minute)
	script.Resources.CPUs = number("cpus-per-task")
	script.Resources.Memory, _ = batch.ParseBytes(option(call.Args, "mem") + "B")
	if parts := strings.Split(option(call.Args, "gres"), ":"); parts[0] == "gpu" {
		script.Resources.GPUs, _ = strconv.Atoi(parts[len(parts)-1])
		if len(parts) == 3 {
			script.Resources.GPUType = parts[1]
		}
	}
	if slices.Contains(call.Args, "--hold") {
		script.Native = []string{"--hold"}
	}
	if slices.Contains(call.Args, "--test-only") {
		if _, err := c.Memory.Estimate(context.Background(), call.User, script); err != nil {
			return refusedSbatch(err)
		}
		return Reply{Stderr: fmt.Appendf(nil, "sbatch: Job 80 to start at %d using 1 processors on nodes c4 in partition %s\n", time.Now().Unix(), script.Queue)}
	}
	id, err := c.Memory.Submit(context.Background(), call.User, script)
	if err != nil {
		return refusedSbatch(err)
	}
	return said(string(id) + "\n")
}

func refusedSbatch(err error) Reply {
	var no *batch.Rejected
	says := "Requested node configuration is not available"
	if errors.As(err, &no) && no.Field == "queue" {
		says = "Invalid partition name specified"
	}
	return failed(1, "sbatch: error: Batch job submission failed: %s", says)
}

// onSlurmJob does something to a job that is its owner's.
func (c *Cluster) onSlurmJob(call Call, id string, do func(batch.JobID)) Reply {
	i := slices.Index(c.Memory.IDs(), batch.JobID(id))
	switch {
	case i < 0:
		return failed(1, "%s: error: Kill job error on job id %s: Invalid job id specified", call.Name, id)
	case c.Memory.Job(batch.JobID(id)).Owner != call.User:
		return failed(210, "%s: error: Kill job error on job id %s: Access/permission denied", call.Name, id)
	}
	do(batch.JobID(id))
	return Reply{}
}

// columns reads "--Format=NAME:SEP,NAME:SEP".
func columns(format string) (names []string, separator string) {
	first, _, _ := strings.Cut(format, ",")
	_, separator, _ = strings.Cut(first, ":")
	for _, column := range strings.Split(format, ",") {
		name, _, _ := strings.Cut(column, ":")
		names = append(names, name)
	}
	return names, separator
}

func table(names []string, separator string, rows []map[string]string) string {
	var b strings.Builder
	for _, row := range rows {
		for _, name := range names {
			value, known := row[name]
			if !known || value == "" {
				value = "(null)"
			}
			b.WriteString(value + separator)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (c *Cluster) squeue(call Call) Reply {
	names, separator := columns(option(call.Args, "Format"))
	var rows []map[string]string
	ids := strings.Split(option(call.Args, "jobs"), ",")
	for _, j := range c.jobs() {
		if ids[0] != "" && !slices.Contains(ids, string(j.ID)) || !named(call, j) {
			continue
		}
		rows = append(rows, queueRow(j))
	}
	if len(rows) == 0 && len(ids) == 1 && ids[0] != "" {
		return failed(1, "slurm_load_jobs error: Invalid job id specified")
	}
	if c.fault == batchtest.NotUTF8 {
		rows = append(rows, map[string]string{"JobID": "9999", "UserName": "mallory", "Name": "\xff\xfe\n9", "State": "RUNNING"})
	}
	return said(table(names, separator, rows))
}

// named applies --user and --name.
func named(call Call, j batch.Job) bool {
	user, name := option(call.Args, "user"), option(call.Args, "name")
	return (user == "" || user == j.Owner) && (name == "" || name == j.Tag)
}

func queueRow(j batch.Job) map[string]string {
	status := j.Signal
	if j.ExitCode != nil && *j.ExitCode > 0 {
		status = *j.ExitCode << 8
	}
	row := slurmRow(j)
	row["exit_code"], row["RestartCnt"] = strconv.Itoa(status), strconv.Itoa(j.Restarts)
	row["JobID"], row["UserName"], row["Name"] = row["JobIDRaw"], row["User"], row["JobName"]
	row["SubmitTime"], row["StartTime"], row["EndTime"] = row["Submit"], row["Start"], row["End"]
	row["TimeLimit"], row["BatchHost"] = row["Timelimit"], j.BatchHost
	row["PriorityLong"] = map[bool]string{true: "0", false: "4294901657"}[j.State == batch.Held]
	return row
}

// slurmRow has the columns of sacct.
func slurmRow(j batch.Job) map[string]string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "Unknown"
		}
		return strconv.FormatInt(t.Unix(), 10)
	}
	state := j.State
	if state == batch.Held {
		state = batch.Pending
	}
	code := 0
	if j.ExitCode != nil {
		code = *j.ExitCode
	}
	limit := ""
	if s := int(j.TimeLimit.Std().Seconds()); s > 0 {
		limit = fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	reason := j.Reason
	if reason == "" {
		reason = "None"
	}
	return map[string]string{
		"JobIDRaw": string(j.ID), "User": j.Owner, "JobName": j.Tag, "State": string(state), "Reason": reason,
		"Partition": j.Queue, "Account": j.Account, "QOS": j.QOS, "NodeList": j.NodeList,
		"Submit": at(j.SubmittedAt), "Start": at(j.StartedAt), "End": at(j.EndedAt), "Timelimit": limit,
		"ExitCode": fmt.Sprintf("%d:%d", max(code, 0), j.Signal),
	}
}

func (c *Cluster) sacct(call Call) Reply {
	if !c.history {
		return failed(1, "Slurm accounting storage is disabled")
	}
	ids := strings.Split(option(call.Args, "jobs"), ",")
	ago, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(option(call.Args, "starttime"), "now-"), "seconds"))
	var rows []map[string]string
	for _, j := range c.jobs() {
		recent := ago == 0 || time.Since(j.SubmittedAt) < time.Duration(ago+1)*time.Second
		if (ids[0] == "" || slices.Contains(ids, string(j.ID))) && named(call, j) && recent {
			rows = append(rows, slurmRow(j))
		}
	}
	return said(table(strings.Split(option(call.Args, "format"), ","), option(call.Args, "delimiter"), rows))
}

func (c *Cluster) scontrol(call Call) Reply {
	if i := len(call.Args) - 2; i >= 0 && (call.Args[i] == "uhold" || call.Args[i] == "release") {
		id := batch.JobID(call.Args[i+1])
		if slices.Contains(c.Memory.IDs(), id) && c.Memory.Job(id).State.Phase() != batch.PhaseWaiting {
			return failed(1, "Job is no longer pending execution for job %s", id)
		}
		return c.onSlurmJob(call, string(id), func(id batch.JobID) {
			c.Memory.Update(id, func(j *batch.Job) {
				j.State = map[string]batch.State{"uhold": batch.Held, "release": batch.Pending}[call.Args[i]]
			})
		})
	}
	queues, _ := c.Memory.Queues(context.Background())
	var b strings.Builder
	for _, q := range queues {
		fmt.Fprintf(&b, "PartitionName=%s AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL Default=%s QoS=N/A DefaultTime=01:00:00 Hidden=NO "+
			"MaxTime=1-00:00:00 MaxCPUsPerNode=UNLIMITED State=UP MaxMemPerNode=UNLIMITED\n",
			q.Name, map[bool]string{true: "YES", false: "NO"}[q.Default])
	}
	return said(b.String())
}

func (c *Cluster) sinfo(call Call) Reply {
	names, separator := columns(option(call.Args, "Format"))
	queues, _ := c.Memory.Queues(context.Background())
	var rows []map[string]string
	for _, q := range queues {
		var gpu batch.GPU
		if len(q.GPUs) > 0 {
			gpu = q.GPUs[0]
		}
		busy := gpu.Total - gpu.Free
		for n := range q.Nodes {
			used := min(busy, gpu.MostNode)
			busy -= used
			rows = append(rows, map[string]string{
				"NodeList": fmt.Sprintf("%s-%d", q.Name, n+1), "PartitionName": q.Name, "StateLong": "mixed",
				"CPUsState": fmt.Sprintf("0/%d/0/%d", q.NodeCPUs, q.NodeCPUs), "Memory": strconv.FormatInt(int64(q.NodeMemory/batch.MiB), 10),
				"AllocMem": "0", "Gres": fmt.Sprintf("gpu:%s:%d", gpu.Type, gpu.MostNode), "GresUsed": fmt.Sprintf("gpu:%s:%d(IDX:N/A)", gpu.Type, used),
			})
		}
	}
	return said(table(names, separator, rows))
}
