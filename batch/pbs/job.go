package pbs

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// row is a job as qstat prints it, before the fields are judged together.
type row struct {
	job                     batch.Job
	comment, holds          string
	substate                int
	runs                    int // times it was started
	started, ended, changed time.Time
	estimated               time.Time
	status                  *int // Exit_status; nil: it never ran, or runs
}

// attributes are what is read of a job. Resource_List is not asked how many GPUs
// there are: for a job that names none it holds the queue's maximum.
var attributes = map[string]func(*row, string) error{
	"Job_Name":               func(r *row, s string) error { r.job.Tag = tagOf(s); return nil },
	"Job_Owner":              func(r *row, s string) error { r.job.Owner = ownerOf(s); return nil },
	"job_state":              func(r *row, s string) error { r.job.Native, r.job.State = s, stateOf(s); return nil },
	"queue":                  func(r *row, s string) error { r.job.Queue = s; return nil },
	"Account_Name":           func(r *row, s string) error { r.job.Account = s; return nil },
	"project":                setProject,
	"comment":                func(r *row, s string) error { r.comment = s; return nil },
	"Hold_Types":             func(r *row, s string) error { r.holds = s; return nil },
	"exec_host":              func(r *row, s string) error { r.job.NodeList, r.job.Nodes = s, execHosts(s); return nil },
	"ctime":                  setTime(func(r *row) *time.Time { return &r.job.SubmittedAt }),
	"stime":                  setTime(func(r *row) *time.Time { return &r.started }),
	"obittime":               setTime(func(r *row) *time.Time { return &r.ended }),
	"mtime":                  setTime(func(r *row) *time.Time { return &r.changed }),
	"estimated.start_time":   setTime(func(r *row) *time.Time { return &r.estimated }),
	"Resource_List.walltime": func(r *row, s string) (err error) { r.job.TimeLimit, err = parseWalltime(s); return err },
	"substate":               setNumber(func(r *row) *int { return &r.substate }),
	"run_count":              setNumber(func(r *row) *int { return &r.runs }),
	"Exit_status":            setStatus,
}

var wantedOfJobs = func() map[string]bool {
	names := map[string]bool{}
	for name := range attributes {
		names[name] = true
	}
	return names
}()

func setTime(field func(*row) *time.Time) func(*row, string) error {
	return func(r *row, s string) (err error) { *field(r), err = parseTime(s); return err }
}

func setNumber(field func(*row) *int) func(*row, string) error {
	return func(r *row, s string) (err error) {
		if *field(r), err = strconv.Atoi(s); err != nil {
			return fmt.Errorf("%.40q is not a number", s)
		}
		return nil
	}
}

func setStatus(r *row, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil {
		return fmt.Errorf("%.40q is not an exit status", s)
	}
	r.status = &n
	return nil
}

// setProject is for sites that charge projects. Every job has one.
func setProject(r *row, s string) error {
	if r.job.Account == "" && s != "_pbs_project_default" {
		r.job.Account = s
	}
	return nil
}

const mostFaults = 5

// parseJobs reads every job. A field that cannot be read is as if it were not
// said; odd joins the first such faults.
func parseJobs(out []byte) (rows []row, odd, err error) {
	records, err := parseRecords(out, "Job Id", wantedOfJobs)
	if err != nil {
		return nil, nil, err
	}
	faults := 0
	for _, rec := range records {
		r := row{job: batch.Job{ID: batch.JobID(clean(rec.name)), State: batch.Unknown}}
		for name, set := range attributes {
			value, said := rec.fields[name]
			if !said {
				continue
			}
			if fault := set(&r, value); fault != nil && faults < mostFaults {
				faults++
				odd = errors.Join(odd, fmt.Errorf("job %.80q: %s: %w", rec.name, name, fault))
			}
		}
		rows = append(rows, r)
	}
	return rows, odd, nil
}

// settle gives the fields that mean different things in different states their
// meaning.
func (r row) settle() batch.Job {
	j := r.job
	if j.Native == "F" || j.Native == "X" {
		r.judge(&j)
		return j
	}
	switch j.State.Phase() {
	case batch.PhaseWaiting:
		// A job that has run and waits again was requeued after each of its runs;
		// one that runs, before each but the first.
		j.Restarts = r.runs
		j.Reason = r.waitsFor()
		j.EstimatedStart = r.estimated
		j.Nodes, j.NodeList = nil, ""
	case batch.PhaseRunning:
		j.StartedAt = r.started
		r.ran(&j)
	case batch.PhaseFinished, batch.PhaseUnknown:
		r.ran(&j)
	}
	return j
}

func (r row) ran(j *batch.Job) {
	j.Restarts = max(r.runs-1, 0)
	if len(j.Nodes) > 0 {
		j.BatchHost = j.Nodes[0]
	}
}

// waitsFor is the comment, or what the state says where there is none.
func (r row) waitsFor() string {
	switch {
	case r.job.State == batch.Held && r.holds == "u":
		return "JobHeldUser"
	case r.job.State == batch.Held:
		return "JobHeldAdmin"
	case r.job.Native == "W":
		return "BeginTime"
	case strings.HasPrefix(r.comment, "Job "): // of its last run
		return ""
	}
	return r.comment
}

// judge says how a finished job ended. Without an Exit_status it never ran: it
// was deleted in the queue, or waited for what could not come.
func (r row) judge(j *batch.Job) {
	j.EndedAt = r.changed
	if r.status == nil {
		j.Nodes, j.NodeList = nil, ""
		j.Restarts = r.runs
		if r.substate == substateTerminated {
			j.State, j.CancelledBy = batch.Cancelled, r.canceller()
		} else {
			j.State, j.Reason = batch.Failed, "it was never started"
		}
		return
	}
	r.ran(j)
	j.StartedAt = r.started
	if !r.ended.IsZero() && !r.ended.Before(r.started) {
		j.EndedAt = r.ended
	}
	status := *r.status
	j.ExitCode, j.Signal = exitOf(status)
	end, known := endings[status]
	switch {
	case r.substate == substateTerminated:
		j.State, j.CancelledBy = batch.Cancelled, r.canceller()
	case known:
		j.State, j.Reason = end.state, end.reason
	case status == 0:
		j.State = batch.Completed
	default:
		j.State = batch.Failed
	}
}

// lastSignal is the largest number of a signal on Linux.
const lastSignal = 64

// exitOf splits an Exit_status: up to 255 the script's exit code, of which its
// shell makes 128 and the signal for what a signal has ended; from 256 the
// signal that ended the shell itself; below 0 PBS speaks of itself.
func exitOf(status int) (code *int, signal int) {
	switch {
	case status < 0:
		return nil, 0
	case status > 256 && status <= 256+lastSignal:
		return nil, status - 256
	case status > 128 && status <= 128+lastSignal:
		return nil, status - 128
	}
	return &status, 0
}

// PBS adds who deleted a job to its comment, "... and terminated by
// alice@pbshost". For a job in the queue it adds "and terminated" alone.
var cancellerPattern = regexp.MustCompile(` and terminated by ([A-Za-z0-9_][A-Za-z0-9_.-]*)@[^ ]+$`)

func (r row) canceller() string {
	if m := cancellerPattern.FindStringSubmatch(r.comment); m != nil {
		return m[1]
	}
	return ""
}

// older orders by id, which is the order of submission on one server.
func older(a, b batch.Job) int {
	return cmp.Or(cmp.Compare(sequence(a.ID), sequence(b.ID)), cmp.Compare(a.ID, b.ID))
}

func sequence(id batch.JobID) uint64 {
	digits, _, _ := strings.Cut(string(id), ".")
	n, _ := strconv.ParseUint(strings.TrimRight(digits, "[]"), 10, 64)
	return n
}
