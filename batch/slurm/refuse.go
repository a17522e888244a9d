package slurm

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// What Slurm's commands say when nobody has answered them: the texts of
// slurm_errno.c that are about the way to the controller. They say nothing
// about any job.
var silences = []string{
	"Unable to contact slurm controller",
	"Unable to contact controller",
	"Socket timed out",
	"Connection refused",
	"Connection timed out",
	"Zero Bytes were transmitted",
	"Communication connection failure",
	"Message send failure",
	"Message receive failure",
	"Unexpected message received",
	"Connection rejected by handler",
	"Rate limit exceeded",
	"in standby mode",
	"Incompatible versions of client and server",
	"Protocol authentication error",
	"Invalid authentication credential",
	"Authentication credential expired",
	"Unable to connect to database",
	"Problem talking to the database",
	"Could not establish a configuration source",
	"temporarily unable to accept job",
	"fatal: ",
	"munge",
}

// refusal is one thing that sbatch can refuse for.
type refusal struct {
	says   string // part of what it prints
	field  string
	reason string
}

// The order matters: the first that is found is taken, so that what names a
// field comes before the general complaint that follows it.
var refusals = []refusal{
	{"invalid partition specified", "queue", "There is no such partition"},
	{"Invalid partition name specified", "queue", "There is no such partition"},
	{"No partition specified or system default partition", "queue", "A partition has to be chosen"},
	{"group not permitted to use this partition", "queue", "You may not use this partition"},
	{"Required partition not available", "queue", "The partition takes no jobs now"},
	{"Partition in DOWN state", "queue", "The partition is down"},
	{"Requested partition configuration not available", "queue", "The partition does not offer what was asked for"},
	{"Invalid account or account/partition combination", "account", "The account is not valid in this partition"},
	{"Invalid or unknown association", "account", "The account is not valid"},
	{"Invalid qos specification", "qos", "The service class (QOS) is not valid for you"},
	{"usage threshold", "qos", "The service class (QOS) has fallen below its usage threshold"},
	{"Memory specification can not be satisfied", "memory", "No node of this partition has that much memory"},
	{"Memory required by task is not available", "memory", "No node of this partition has that much memory"},
	{"Invalid generic resource (gres) specification", "gpus", "This cluster has no such GPUs"},
	{"Invalid GRES specification", "gpu_type", "The type of GPU has to be chosen"},
	{"Invalid Trackable RESource", "gpus", "This cluster has no such GPUs"},
	{"CPU count specification invalid", "cpus", "That number of CPUs cannot be had"},
	{"CPU count per node can not be satisfied", "cpus", "No node of this partition has that many CPUs"},
	{"More processors requested than permitted", "cpus", "More CPUs were asked for than are permitted"},
	{"time limit is invalid", "time_limit", "The time asked for is longer than is allowed here"},
	{"Time limit specification required", "time_limit", "A time limit has to be given"},
	{"Invalid time limit", "time_limit", "The time limit cannot be read"},
	{"MaxJobCount limit reached", "", "The cluster's queue is full"},
	{"System submissions disabled", "", "The cluster takes no jobs now"},
	{"Requested reservation", "", "The reservation cannot be used"},
	{"Invalid feature specification", "", "No node has the features that this site asks for"},
}

// refused turns a failed sbatch into an error for the owner, or into one that
// says nothing about the job.
func refused(res command.Result, script batch.Script) error {
	lines := complaints(res.Stderr)
	native := ""
	if len(lines) > 0 {
		native = lines[0]
	}
	all := strings.Join(lines, "\n")
	for _, words := range silences {
		if strings.Contains(all, words) {
			return fmt.Errorf("%w: %s", batch.ErrUnavailable, native)
		}
	}
	for _, r := range refusals {
		if !strings.Contains(all, r.says) {
			continue
		}
		if r.field == "account" && script.Account == "" { // the default, or none
			r.reason = "You have no account that can be charged in this partition"
		}
		return &batch.Rejected{Field: r.field, Reason: r.reason, Native: native}
	}
	if strings.Contains(all, "Requested node configuration is not available") {
		return &batch.Rejected{Field: largestAsk(script), Reason: "No node of this partition has what was asked for", Native: native}
	}
	for _, line := range lines { // "QOSMaxGRESPerUser", before the general complaint
		if text := batch.ReasonText(line); text != line {
			return &batch.Rejected{Field: limitField(line), Reason: text, Native: native}
		}
	}
	if strings.Contains(all, "Job violates accounting/QOS policy") {
		return &batch.Rejected{Reason: "A limit of your account or the service class (QOS) does not allow this", Native: native}
	}
	if strings.Contains(all, "Batch job submission failed: ") || strings.Contains(all, "allocation failure: ") {
		// The site's own rules (job_submit plugins) speak first, in words for the
		// user.
		why := strings.TrimPrefix(native, "Batch job submission failed: ")
		why = strings.TrimPrefix(why, "allocation failure: ")
		return &batch.Rejected{Reason: why, Native: native}
	}
	return fmt.Errorf("%w: sbatch ended with %d %s: %s", batch.ErrUnavailable, res.ExitCode, res.Signal, native)
}

// largestAsk is the field that most likely cannot be had on one node.
func largestAsk(script batch.Script) string {
	switch r := script.Resources; {
	case r.GPUs > 0:
		return "gpus"
	case r.CPUs > 0:
		return "cpus"
	case r.Memory > 0:
		return "memory"
	}
	return ""
}

func limitField(reason string) string {
	for _, f := range []struct{ part, field string }{
		{"GRES", "gpus"},
		{"Cpu", "cpus"},
		{"CPU", "cpus"},
		{"Mem", "memory"},
		{"Wall", "time_limit"},
		{"TimeLimit", "time_limit"},
		{"InvalidAccount", "account"},
		{"AccountNotAllowed", "account"},
		{"InvalidQOS", "qos"},
		{"QOSNotAllowed", "qos"},
		{"Partition", "queue"},
	} {
		if strings.Contains(reason, f.part) {
			return f.field
		}
	}
	return ""
}

// complaints are the lines of standard error without the commands' own
// prefixes, cleaned, the first twenty.
func complaints(stderr []byte) []string {
	var lines []string
	for line := range strings.Lines(string(stderr)) {
		text := clean([]byte(strings.TrimRight(line, "\n")))
		if strings.HasPrefix(text, "sudo: ") {
			continue
		}
		for _, prefix := range []string{"sbatch: ", "scancel: ", "squeue: ", "sinfo: ", "sacct: ", "scontrol: ", "error: "} {
			text = strings.TrimPrefix(text, prefix)
		}
		if text == "" {
			continue
		}
		if r := []rune(text); len(r) > 300 {
			text = string(r[:300]) + "..."
		}
		lines = append(lines, text)
		if len(lines) == 20 {
			break
		}
	}
	return lines
}

func firstLine(stderr []byte) string {
	if lines := complaints(stderr); len(lines) > 0 {
		return lines[0]
	}
	return ""
}
