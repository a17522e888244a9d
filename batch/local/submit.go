package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

var tagPattern = regexp.MustCompile(`^[a-z0-9:.-]{1,100}$`)

// holdOption is the one native option: the job waits until it is released.
const holdOption = "--hold"

// probeID is a job that is never made.
const probeID batch.JobID = "1-aaaa"

// mostScript bounds what is kept of one job.
const mostScript = 1 << 20

// Submit puts the job into the queue. That the service may act as the owner, and
// that the owner has room for a job's directory, is tried out first.
func (s *Scheduler) Submit(ctx context.Context, owner string, script batch.Script) (batch.JobID, error) {
	r, err := s.request(ctx, owner, script)
	if err != nil {
		return "", fmt.Errorf("local: submit: %w", err)
	}
	probe := s.about(owner, probeID)
	_, err = s.ask(ctx, owner, supervisor.Check, probe)
	var no *refusal
	if errors.As(err, &no) {
		return "", fmt.Errorf("local: submit: %w", &batch.Rejected{
			Reason: "Your home directory has no room for a session", Native: no.text,
		})
	}
	if err != nil {
		return "", fmt.Errorf("local: submit: %w", err)
	}
	err = s.store.change(ctx, func([]*record) error {
		r.SubmittedAt = time.Now()
		if r.Number, r.ID, err = s.store.take(); err != nil {
			return err
		}
		if err := s.store.putScript(r.ID, script.Body); err != nil {
			return err
		}
		return s.store.put(r)
	})
	if err != nil {
		return "", fmt.Errorf("local: submit: %w", err)
	}
	s.poke()
	return r.ID, nil
}

// Estimate says when the job could start if every job before it ran until its
// time limit.
func (s *Scheduler) Estimate(ctx context.Context, owner string, script batch.Script) (time.Time, error) {
	r, err := s.request(ctx, owner, script)
	if err != nil {
		return time.Time{}, fmt.Errorf("local: estimate: %w", err)
	}
	m, err := s.has.machine(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("local: estimate: %w", err)
	}
	records, err := s.store.live()
	if err != nil {
		return time.Time{}, fmt.Errorf("local: estimate: %w", unavailable(err))
	}
	return m.outlooks(append(records, r), time.Now())[r.ID].start, nil
}

// request is the record of what was asked for, or the refusal of it.
func (s *Scheduler) request(ctx context.Context, owner string, script batch.Script) (*record, error) {
	if err := reachable(ctx); err != nil {
		return nil, err
	}
	if err := s.wellFormed(script); err != nil {
		return nil, err
	}
	m, err := s.has.machine(ctx)
	if err != nil {
		return nil, err
	}
	a := script.Resources
	r := &record{
		Owner: owner, Tag: script.Tag, Queue: s.cfg.Queue, CPUs: max(a.CPUs, 1), Memory: a.Memory,
		GPUs: a.GPUs, GPUType: a.GPUType, TimeLimit: script.TimeLimit, WorkDir: script.WorkDir,
		Phase: waiting, Held: slices.Contains(script.Native, holdOption), SubmittedAt: time.Now(),
	}
	if r.Memory == 0 { // a share of the machine, as of its CPUs
		r.Memory = m.memory / batch.Bytes(m.cpus) * batch.Bytes(min(r.CPUs, m.cpus))
	}
	if r.TimeLimit == 0 {
		if r.TimeLimit = s.cfg.DefaultTime; r.TimeLimit == 0 {
			r.TimeLimit = s.cfg.MaxTime
		}
	}
	return r, s.possible(m, r)
}

func (s *Scheduler) wellFormed(script batch.Script) error {
	reject := func(field, reason string) error { return &batch.Rejected{Field: field, Reason: reason} }
	a := script.Resources
	switch {
	case !tagPattern.MatchString(script.Tag):
		return reject("", "The job's tag is not valid")
	case !bytes.HasPrefix(script.Body, []byte("#!")) || len(script.Body) > mostScript:
		return reject("", "The job's script does not begin with #!, or is too long")
	case script.Queue != "" && script.Queue != s.cfg.Queue:
		return reject("queue", "There is no such queue")
	case script.Account != "":
		return reject("account", "This machine keeps no accounts")
	case script.QOS != "":
		return reject("qos", "This machine has no service classes (QOS)")
	case a.Nodes > 1 || a.Nodes < 0:
		return reject("cpus", "This is one machine: a session cannot have several nodes")
	case a.CPUs < 0:
		return reject("cpus", "A negative number cannot be asked for")
	case a.GPUs < 0:
		return reject("gpus", "A negative number cannot be asked for")
	case a.Memory < 0:
		return reject("memory", "A negative amount cannot be asked for")
	case script.TimeLimit < 0:
		return reject("time_limit", "A negative time cannot be asked for")
	case script.WorkDir != "" && (!path.IsAbs(script.WorkDir) || strings.ContainsRune(script.WorkDir, 0)):
		return reject("", "The working directory is not an absolute path")
	}
	for _, option := range script.Native {
		if option != holdOption {
			return reject("", "An option of the site is not known here")
		}
	}
	return nil
}

// possible refuses what the empty machine could not do.
func (s *Scheduler) possible(m machine, r *record) error {
	reject := func(field, format string, args ...any) error {
		return &batch.Rejected{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
	total, ofType := len(m.gpus), 0
	for _, g := range m.gpus {
		if r.GPUType == "" || strings.EqualFold(r.GPUType, g.Type) {
			ofType++
		}
	}
	switch {
	case r.CPUs > m.cpus:
		return reject("cpus", "This machine has %d CPUs to give", m.cpus)
	case r.Memory > m.memory:
		return reject("memory", "This machine has %s of memory to give", m.memory)
	case r.GPUs > 0 && total == 0:
		return reject("gpus", "This machine has no GPUs")
	case r.GPUs > 0 && ofType == 0:
		return reject("gpu_type", "This machine has no such GPU")
	case r.GPUs > ofType:
		return reject("gpus", "This machine has %d such GPUs", ofType)
	case s.cfg.MaxTime > 0 && r.TimeLimit > s.cfg.MaxTime:
		return reject("time_limit", "Sessions may run for %s here", s.cfg.MaxTime)
	}
	return nil
}
