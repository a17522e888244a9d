package local

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// refusal is what the helper said when it ran and did not do it.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// ask runs one of package supervisor's commands as the owner. The error is
// *refusal, or one of package command's.
func (s *Scheduler) ask(ctx context.Context, owner, word string, o supervisor.Order) (supervisor.Report, error) {
	return s.askIn(ctx, "", owner, word, o)
}

// askIn runs it, and what it leaves behind, in a control group.
func (s *Scheduler) askIn(ctx context.Context, in group, owner, word string, o supervisor.Order) (supervisor.Report, error) {
	var report supervisor.Report
	stdin, err := json.Marshal(o)
	if err != nil {
		return report, err
	}
	c := command.Command{
		Path: s.cfg.Helper[0], Args: append(append([]string{}, s.cfg.Helper[1:]...), word), Stdin: stdin, Group: string(in),
	}
	run := func() (command.Result, error) { return s.run.RunAs(ctx, owner, c) }
	if s.cfg.Pretend != nil {
		run = func() (command.Result, error) { return s.run.Run(ctx, c) }
	}
	res, err := run()
	if err != nil {
		return report, err
	}
	if !res.OK() {
		return report, &refusal{text: firstLine(res.Stderr)}
	}
	if err := json.Unmarshal(res.Stdout, &report); err != nil {
		return report, fmt.Errorf("the helper's answer makes no sense: %w", batch.ErrUnavailable)
	}
	return report, nil
}

// about is an order that only names the job.
func (s *Scheduler) about(owner string, id batch.JobID) supervisor.Order {
	o := supervisor.Order{Dir: s.cfg.RunDir, Job: string(id)}
	if s.cfg.Pretend != nil {
		o.User, o.Home = owner, filepath.Join(s.cfg.Pretend.Homes, owner)
	}
	return o
}

// order is what the job's supervisor is told.
func (s *Scheduler) order(r *record, script []byte, hasGPUs bool) supervisor.Order {
	o := s.about(r.Owner, r.ID)
	o.Script, o.WorkDir, o.Login = script, r.WorkDir, s.cfg.Pretend == nil
	o.TimeLimit, o.Grace, o.Grouped = r.TimeLimit.Std(), s.cfg.Grace.Std(), s.groups != nil
	if !s.groups.has("memory") { // or else the kernel looks at it
		o.Memory = int64(r.Memory)
	}
	// This is how libraries are told of their share, whether it is fenced off or not.
	o.Env = []string{"OMP_NUM_THREADS=" + strconv.Itoa(r.CPUs)}
	if hasGPUs {
		o.Env = append(o.Env, "CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES="+strings.Join(r.Given, ","))
	}
	values := strings.NewReplacer("${JOB}", string(r.ID), "${MEMORY}", strconv.FormatInt(int64(r.Memory), 10),
		"${CPUS}", strconv.Itoa(r.CPUs), "${CPU_PERCENT}", strconv.Itoa(100*r.CPUs))
	for _, word := range s.cfg.Wrap {
		o.Wrap = append(o.Wrap, values.Replace(word))
	}
	return o
}

// firstLine is the first thing that was said, cleaned for people.
func firstLine(text []byte) string {
	for line := range strings.Lines(string(text)) {
		line = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r == '\uFFFD' {
				return -1
			}
			return r
		}, strings.ToValidUTF8(line, ""))
		if line = strings.TrimSpace(line); line != "" {
			return line[:min(len(line), 300)]
		}
	}
	return "it did not say why"
}
