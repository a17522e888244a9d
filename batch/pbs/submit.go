package pbs

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Submit runs qsub as the owner, with the script on its standard input.
//
// A qsub that ran into its deadline may have submitted all the same, even after
// it was killed. The error is batch.ErrUnavailable then, and Find tells.
func (s *Scheduler) Submit(ctx context.Context, owner string, script batch.Script) (batch.JobID, error) {
	args, err := s.submitArgs(script)
	if err != nil {
		return "", fmt.Errorf("pbs: submit: %w", err)
	}
	if err := s.possible(ctx, script); err != nil {
		return "", fmt.Errorf("pbs: submit: %w", err)
	}
	c := s.command("qsub", args...)
	c.Stdin = inDirectory(script.Body, script.WorkDir)
	res, err := s.run.RunAs(ctx, owner, c)
	if err != nil {
		return "", fmt.Errorf("pbs: submit: %w", err)
	}
	if !res.OK() {
		return "", fmt.Errorf("pbs: submit: %w", s.refused(res))
	}
	id, ok := parseSubmitted(res.Stdout)
	if !ok {
		return "", fmt.Errorf("pbs: submit: qsub gave no job id but %.100q: %w", res.Stdout, batch.ErrUnavailable)
	}
	return id, nil
}

// submitArgs writes the request as options. Anything that cannot be written so
// that it means itself is refused before a process is started.
func (s *Scheduler) submitArgs(script batch.Script) ([]string, error) {
	if err := checkScript(script); err != nil {
		return nil, err
	}
	args := []string{
		// Not through qsub's daemon of the user, which lives on and would submit
		// after its caller was killed.
		"-f",
		// "#PBS" lines in what a site or user has put into the script do nothing.
		"-C", "",
		"-N", nameOf(script.Tag),
		// The script keeps its own log. A file that cannot be written would keep the
		// job for half a minute after its end.
		"-j", "oe", "-o", "/dev/null", "-k", "oed",
		"-m", "n", "-W", "umask=077", "-S", "/bin/bash",
		// After a node failure or a preemption the session goes on as a new
		// attempt.
		"-r", "y",
	}
	if queue := s.at(script.Queue); queue != nil {
		args = append(args, "-q", queue[0])
	}
	if script.Account != "" {
		args = append(args, "-"+s.cfg.AccountOption, script.Account)
	}
	if script.TimeLimit > 0 {
		args = append(args, "-l", "walltime="+strconv.FormatInt(share(int64(script.TimeLimit), int64(time.Second)), 10))
	}
	args = append(args, "-l", "select="+s.selection(script.Resources))
	if script.Resources.Nodes > 1 {
		args = append(args, "-l", "place=scatter")
	}
	args = append(args, script.Native...)
	// The site's own options come last, so that they win.
	return append(args, s.cfg.ExtraSubmitArgs...), nil
}

// selection is one chunk for each node, "1:ncpus=4:mem=8192mb:ngpus=1".
func (s *Scheduler) selection(r batch.Resources) string {
	nodes := max(r.Nodes, 1)
	var b strings.Builder
	b.WriteString(strconv.Itoa(nodes))
	if r.CPUs > 0 {
		b.WriteString(":ncpus=" + strconv.Itoa(share(r.CPUs, nodes)))
	}
	if r.Memory > 0 {
		b.WriteString(":mem=" + strconv.FormatInt(share(int64(r.Memory), int64(nodes)*int64(batch.MiB)), 10) + "mb")
	}
	if r.GPUs > 0 {
		b.WriteString(":ngpus=" + strconv.Itoa(share(r.GPUs, nodes)))
		if r.GPUType != "" {
			b.WriteString(":" + s.cfg.GPUTypeResource + "=" + r.GPUType)
		}
	}
	return b.String()
}

// share divides and rounds up.
func share[N int | int64 | batch.Bytes](total, by N) N {
	n := total / by
	if total%by != 0 {
		n++
	}
	return n
}

// inDirectory puts a change of directory after the script's first line. PBS
// starts every job in its owner's home.
func inDirectory(body []byte, dir string) []byte {
	if dir == "" {
		return body
	}
	first, rest, _ := bytes.Cut(body, []byte("\n"))
	quoted := "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
	return bytes.Join([][]byte{first, []byte("cd -- " + quoted + " || exit 1"), rest}, []byte("\n"))
}

var submittedPattern = regexp.MustCompile(`^[0-9]{1,18}(\[\])?\.[A-Za-z0-9][A-Za-z0-9.-]{0,199}$`)

// parseSubmitted reads the id that qsub prints, "123.pbshost". Lines that a
// site's wrapper adds are passed over, two ids are no answer.
func parseSubmitted(stdout []byte) (batch.JobID, bool) {
	var found batch.JobID
	for line := range strings.Lines(string(stdout)) {
		id, whole := strings.CutSuffix(line, "\n") // half an id is no id
		if !whole || !submittedPattern.MatchString(id) {
			continue
		}
		if found != "" {
			return "", false
		}
		found = batch.JobID(id)
	}
	return found, found != ""
}
