package slurm

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// row is a job as squeue or sacct prints it, before the fields are judged
// together.
type row struct {
	job        batch.Job
	start, end time.Time
	exit       exit
	held       bool // priority 0
	nobody     bool // no machine ran it
}

// queueTable is what squeue is asked for. The names are those of -O in every
// version from 20.11 to 26.05.
var queueTable = table[row]{
	{"JobID", setText(func(r *row) *batch.JobID { return &r.job.ID })},
	{"UserName", setOwner},
	{"Name", setText(func(r *row) *string { return &r.job.Tag })},
	{"State", setState},
	{"Reason", setText(func(r *row) *string { return &r.job.Reason })},
	{"PriorityLong", func(r *row, s string) error { r.held = s == "0"; return nil }},
	{"Partition", setText(func(r *row) *string { return &r.job.Queue })},
	{"Account", setText(func(r *row) *string { return &r.job.Account })},
	{"QOS", setText(func(r *row) *string { return &r.job.QOS })},
	{"NodeList", setNodes},
	{"BatchHost", setText(func(r *row) *string { return &r.job.BatchHost })},
	{"SubmitTime", setTime(func(r *row) *time.Time { return &r.job.SubmittedAt })},
	{"StartTime", setTime(func(r *row) *time.Time { return &r.start })},
	{"EndTime", setTime(func(r *row) *time.Time { return &r.end })},
	{"TimeLimit", setLimit},
	{"exit_code", setExit},
	{"RestartCnt", setRestarts},
}

func setText[S ~string](field func(*row) *S) func(*row, string) error {
	return func(r *row, s string) error { *field(r) = S(s); return nil }
}

func setTime(field func(*row) *time.Time) func(*row, string) error {
	return func(r *row, s string) (err error) { *field(r), err = parseTime(s); return err }
}

// setOwner leaves the owner empty when the name service did not know the user:
// Slurm then prints the number, or "nobody".
func setOwner(r *row, s string) error {
	if s != "nobody" && strings.Trim(s, "0123456789") != "" {
		r.job.Owner = s
	}
	return nil
}

func setState(r *row, s string) error {
	r.job.Native, r.job.State, r.job.CancelledBy = s, stateOf(s), cancellerOf(s)
	return nil
}

// setNodes keeps the text even if it is no list of nodes, as with the
// "None assigned" of sacct.
func setNodes(r *row, s string) error {
	if s == "" || s == "None assigned" {
		r.nobody = true
		return nil
	}
	r.job.NodeList = s
	r.job.Nodes, _ = expandHosts(s)
	return nil
}

func setLimit(r *row, s string) (err error) {
	r.job.TimeLimit, err = parseLimit(s)
	return err
}

func setExit(r *row, s string) (err error) {
	r.exit, err = parseExit(s)
	return err
}

func setRestarts(r *row, s string) error {
	if s == "" {
		return nil
	}
	n, err := digits(s)
	r.job.Restarts = int(n)
	return err
}

// signalOfOOM is no signal: Slurm says it (SIG_OOM, 253, in its low seven bits)
// of a job that it found out of memory, in place of how the script ended.
const signalOfOOM = 125

// settle gives the fields that mean different things in different states their
// meaning: squeue's start and end are estimates until they have happened.
func (r row) settle() batch.Job {
	j := r.job
	if j.State == batch.Pending && (r.held || strings.HasPrefix(j.Reason, "JobHeld")) {
		j.State = batch.Held
	}
	phase := j.State.Phase()
	if phase != batch.PhaseWaiting && j.Reason == "None" {
		j.Reason = ""
	}
	switch phase {
	case batch.PhaseWaiting:
		j.EstimatedStart = r.start
		j.BatchHost = ""
	case batch.PhaseFinished:
		j.EndedAt = r.end
		j.Signal = r.exit.signal
		if r.nobody { // it never ran: start, exit code and host are made up
			j.BatchHost, j.Signal = "", 0
			break
		}
		j.StartedAt, j.ExitCode = r.start, r.exit.code
		if j.State != batch.Completed && j.State != batch.Failed {
			withoutMadeUpExit(&j)
		}
	case batch.PhaseRunning, batch.PhaseUnknown:
		if !r.nobody {
			j.StartedAt = r.start
		}
	}
	return j
}

// withoutMadeUpExit is for jobs that Slurm has ended. Of their scripts
// accounting says 0:0, whatever became of them.
func withoutMadeUpExit(j *batch.Job) {
	if j.ExitCode != nil && *j.ExitCode == 0 {
		j.ExitCode = nil
	}
	if j.Signal == signalOfOOM {
		j.Signal = 0
	}
}

// older orders by id, which is the order of submission.
func older(a, b batch.Job) int {
	x, _ := strconv.ParseUint(string(a.ID), 10, 64)
	y, _ := strconv.ParseUint(string(b.ID), 10, 64)
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.ID, b.ID))
}
