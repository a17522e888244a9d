package slurm

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// Names reach sbatch as part of one argument, "--partition=NAME". They cannot
// be options, and cannot be lists, which Slurm writes with commas.
var (
	ownerPattern = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)
	namePattern  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,99}$`)
	gpuPattern   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$`)
)

// mostCPUs is what Slurm can count of one task's CPUs. It takes larger numbers and
// keeps their lowest 16 bits.
const mostCPUs = 1<<16 - 3

// Submit runs sbatch as the owner, with the script on its standard input.
func (s *Scheduler) Submit(ctx context.Context, owner string, script batch.Script) (batch.JobID, error) {
	res, err := s.sbatch(ctx, owner, script)
	if err != nil {
		return "", fmt.Errorf("slurm: submit: %w", err)
	}
	id, ok := parseSubmitted(res.Stdout)
	if !ok {
		return "", fmt.Errorf("slurm: submit: sbatch gave no job id but %.100q: %w", res.Stdout, batch.ErrUnavailable)
	}
	return id, nil
}

func (s *Scheduler) sbatch(ctx context.Context, owner string, script batch.Script, options ...string) (command.Result, error) {
	args, err := s.submitArgs(script)
	if err != nil {
		return command.Result{}, err
	}
	if script.WorkDir == "" {
		if home := s.home(ctx, owner); home != "" {
			options = append(options, "--chdir="+home)
		}
	}
	// The site's own options come last, so that they win.
	args = append(append(args, options...), s.cfg.ExtraSubmitArgs...)
	c := s.command("sbatch", args...)
	c.Stdin = script.Body
	res, err := s.run.RunAs(ctx, owner, c)
	if err != nil {
		return res, err
	}
	if !res.OK() {
		return res, refused(res, script)
	}
	return res, nil
}

// submitArgs writes the request as options. Anything that cannot be written so
// that it means itself is refused before a process is started.
func (s *Scheduler) submitArgs(script batch.Script) ([]string, error) {
	if err := checkScript(script); err != nil {
		return nil, err
	}
	args := []string{
		"--parsable", "--job-name=" + script.Tag,
		// The script keeps its own log; Slurm would kill a job whose file it
		// cannot write.
		"--output=/dev/null", "--error=/dev/null",
		// The owner's login environment, read on the node, and nothing of the
		// service's.
		"--export=NONE",
		// After a node failure or a preemption the session goes on as a new
		// attempt.
		"--requeue",
	}
	option := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name+"="+value)
		}
	}
	option("partition", script.Queue)
	option("account", script.Account)
	option("qos", script.QOS)
	option("chdir", script.WorkDir)
	option("time", minutes(script.TimeLimit))

	r := script.Resources
	nodes := max(r.Nodes, 1)
	option("nodes", strconv.Itoa(nodes))
	option("ntasks", strconv.Itoa(nodes))
	if r.CPUs > 0 {
		option("cpus-per-task", strconv.Itoa(share(r.CPUs, nodes)))
	}
	if r.Memory > 0 {
		option("mem", strconv.FormatInt(share(int64(r.Memory), int64(nodes)*int64(batch.MiB)), 10)+"M")
	}
	if r.GPUs > 0 {
		option(s.cfg.GPUOption, s.gpus(r.GPUType, share(r.GPUs, nodes)))
	}
	return append(args, script.Native...), nil
}

func (s *Scheduler) gpus(kind string, n int) string {
	parts := []string{strconv.Itoa(n)}
	if kind != "" {
		parts = append([]string{kind}, parts...)
	}
	if s.cfg.GPUOption == "gres" {
		parts = append([]string{"gpu"}, parts...)
	}
	return strings.Join(parts, ":")
}

func checkScript(script batch.Script) error {
	reject := func(field, reason string) error { return &batch.Rejected{Field: field, Reason: reason} }
	r := script.Resources
	switch {
	case !tagPattern.MatchString(script.Tag):
		return reject("", "The job's tag is not valid")
	case !bytes.HasPrefix(script.Body, []byte("#!")):
		return reject("", "The job's script does not begin with #!")
	case script.Queue != "" && !namePattern.MatchString(script.Queue):
		return reject("queue", "That is not the name of a partition")
	case script.Account != "" && !namePattern.MatchString(script.Account):
		return reject("account", "That is not the name of an account")
	case script.QOS != "" && !namePattern.MatchString(script.QOS):
		return reject("qos", "That is not the name of a service class (QOS)")
	case r.GPUType != "" && !gpuPattern.MatchString(r.GPUType):
		return reject("gpu_type", "That is not a type of GPU")
	case r.Nodes < 0 || r.CPUs < 0:
		return reject("cpus", "A negative number cannot be asked for")
	case share(r.CPUs, max(r.Nodes, 1)) > mostCPUs:
		return reject("cpus", "No node has that many CPUs")
	case r.GPUs < 0:
		return reject("gpus", "A negative number cannot be asked for")
	case r.Memory < 0:
		return reject("memory", "A negative amount cannot be asked for")
	case script.TimeLimit < 0:
		return reject("time_limit", "A negative time cannot be asked for")
	case script.WorkDir != "" && (!path.IsAbs(script.WorkDir) || strings.ContainsAny(script.WorkDir, "\x00\n")):
		return reject("", "The working directory is not an absolute path")
	}
	for _, option := range script.Native {
		if !strings.HasPrefix(option, "-") || strings.ContainsAny(option, "\x00\n") {
			return reject("", "An option of the site cannot be passed on")
		}
	}
	return nil
}

// minutes rounds up: Slurm counts whole minutes and takes 0 for no limit.
func minutes(d batch.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.FormatInt(share(int64(d), int64(time.Minute)), 10)
}

// share divides and rounds up.
func share[N int | int64](total, by N) N {
	n := total / by
	if total%by != 0 {
		n++
	}
	return n
}

var submittedPattern = regexp.MustCompile(`^([1-9][0-9]{0,9})(?:;[^\s;]+)?$`)

// parseSubmitted reads what --parsable prints, "1234" or "1234;cluster". Lines
// that a site's plugin adds are passed over, two ids are no answer.
func parseSubmitted(stdout []byte) (batch.JobID, bool) {
	var found batch.JobID
	for line := range strings.Lines(string(stdout)) {
		text, whole := strings.CutSuffix(line, "\n")
		m := submittedPattern.FindStringSubmatch(strings.TrimSpace(text))
		if !whole || m == nil { // half an id is no id
			continue
		}
		if found != "" {
			return "", false
		}
		found = batch.JobID(m[1])
	}
	return found, found != ""
}

// home is the owner's home directory by the machine's name service, "" if that
// does not know. Without --chdir a job would start where the service runs.
func (s *Scheduler) home(ctx context.Context, owner string) string {
	if !ownerPattern.MatchString(owner) {
		return ""
	}
	res, err := s.run.Run(ctx, command.Command{Path: "/usr/bin/getent", Args: []string{"passwd", owner}})
	if err != nil || !res.OK() {
		return ""
	}
	fields := strings.Split(strings.TrimSpace(string(res.Stdout)), ":")
	if len(fields) != 7 || fields[0] != owner || !path.IsAbs(fields[5]) {
		return ""
	}
	return path.Clean(fields[5])
}
