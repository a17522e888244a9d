package pbs

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// What qsub says when nobody has decided about the job: texts about the way to
// the server, and of a server in trouble. They say nothing about any job.
var silences = []string{
	"cannot connect to server",
	"Connection refused",
	"Unknown Host",
	"Failed to recv data",
	"Communication failure",
	"End of File",
	"Batch protocol error",
	"Invalid credential",
	"Expired credential",
	"No free connections",
	"Server connection table full",
	"Server shutting down",
	"PBS server internal error",
	"System error",
	"Failed to save job",
	"pbs_iff",
	"pbsconf error",
}

// refusal is one thing that qsub can refuse for.
type refusal struct {
	says   string // part of what it prints
	field  string
	reason string
}

// The first that is found is taken. qsub's exit codes are the server's error
// numbers cut to eight bits, so that the text is the surer sign.
var refusals = []refusal{
	{"Unknown queue", "queue", "There is no such queue"},
	{"Queue is not enabled", "queue", "The queue takes no jobs now"},
	{"Access to queue is denied", "queue", "You may not use this queue"},
	{"Unauthorized Request", "queue", "You may not use this queue"},
	{"No default queue specified", "queue", "A queue has to be chosen"},
	{"rejected by all possible destinations", "queue", "No queue takes a job like this"},
	{"Invalid Account", "account", "The account is not valid"},
	{"would exceed", "", "You have reached a limit of the queue or the cluster"},
	{"Maximum number of jobs", "", "The queue is full, or you have as many jobs in it as you may have"},
	{"Illegal attribute or resource value select.mem", "memory", "That amount of memory cannot be asked for"},
	{"Illegal attribute or resource value select.ncpus", "cpus", "That number of CPUs cannot be asked for"},
	{"Illegal attribute or resource value select.ngpus", "gpus", "That number of GPUs cannot be asked for"},
	{"Illegal attribute or resource value Resource_List.walltime", "time_limit", "That time limit cannot be asked for"},
	{"Illegal attribute or resource value project", "account", "The project is not valid"},
	{"Job violates queue and/or server resource limits", "", "The request is outside the limits of this queue"},
	{"script contains cr, lf", "", "The job's script has a carriage return"},
}

var (
	limitPattern   = regexp.MustCompile(`limit on resource ([a-z_]+)`)
	unknownPattern = regexp.MustCompile(`Unknown resource:? (?:Resource_List\.)?([A-Za-z0-9_-]+)`)
)

// fields are the request's fields by the resource that qsub complains about.
var fields = map[string]string{"ngpus": "gpus", "ncpus": "cpus", "mem": "memory", "walltime": "time_limit"}

// refused turns a failed qsub into an error for the owner, for the admin, or into
// one that says nothing about the job.
func (s *Scheduler) refused(res command.Result) error {
	lines := complaints(res.Stderr)
	all, native := strings.Join(lines, "\n"), ""
	if len(lines) > 0 {
		native = lines[0]
	}
	for _, words := range silences {
		if strings.Contains(all, words) {
			return fmt.Errorf("%w: %s", batch.ErrUnavailable, strings.Join(lines, "; "))
		}
	}
	if res.Signal != "" || res.ExitCode >= 128 && native == "" {
		return fmt.Errorf("%w: qsub ended with %d %s", batch.ErrUnavailable, res.ExitCode, res.Signal)
	}
	if strings.Contains(all, "Bad UID for job execution") || strings.Contains(all, "Bad GID for job execution") {
		return fmt.Errorf("%w: %s", batch.ErrForbidden, native)
	}
	if m := unknownPattern.FindStringSubmatch(all); m != nil {
		field := fields[m[1]]
		if m[1] == s.cfg.GPUTypeResource {
			field = "gpu_type"
		}
		return &batch.Rejected{Field: field, Reason: "This cluster does not know the resource " + m[1], Native: native}
	}
	if m := limitPattern.FindStringSubmatch(all); m != nil {
		return &batch.Rejected{Field: fields[m[1]], Reason: "You have reached a limit of the queue or the cluster on " + m[1], Native: native}
	}
	for _, r := range refusals {
		if strings.Contains(all, r.says) {
			return &batch.Rejected{Field: r.field, Reason: r.reason, Native: native}
		}
	}
	if strings.Contains(all, "usage: qsub") {
		return &batch.Rejected{Reason: "An option of this site's configuration is not one of qsub", Native: native}
	}
	if strings.Contains(string(res.Stderr), "qsub: ") {
		// A hook of the site speaks in words of its own, for the user.
		return &batch.Rejected{Reason: native, Native: native}
	}
	return fmt.Errorf("%w: qsub ended with %d: %s", batch.ErrUnavailable, res.ExitCode, native)
}
