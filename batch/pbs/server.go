package pbs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// server is what the server says of itself ("qstat -B -f").
type server struct {
	defaultQueue string
	defaults     map[string]string // resources_default
	history      bool              // finished jobs are kept
	seesAll      bool              // everybody's jobs are shown to us
	at           time.Time
}

// serverAge is how long the server's word about itself is good for.
const serverAge = time.Minute

// aboutServer asks the server, or remembers.
func (s *Scheduler) aboutServer(ctx context.Context) (server, error) {
	s.mu.Lock()
	known := s.server
	s.mu.Unlock()
	if !known.at.IsZero() && time.Since(known.at) < serverAge {
		return known, nil
	}
	args := []string{"-B", "-f", "-F", "dsv"}
	if s.cfg.Server != "" {
		args = append(args, s.cfg.Server)
	}
	out, err := s.answer(ctx, "qstat", args...)
	if err != nil {
		return server{}, err
	}
	records, err := parseRecords(out, "Server", nil)
	if err != nil || len(records) != 1 {
		return server{}, fmt.Errorf("qstat: %w: %w", errShape, batch.ErrUnavailable)
	}
	f := records[0].fields
	sv := server{
		defaultQueue: f["default_queue"], defaults: withPrefix(f, "resources_default."),
		history: isTrue(f["job_history_enable"]), at: time.Now(),
	}
	sv.seesAll = isTrue(f["query_other_jobs"]) || s.cfg.SubmitAs == command.Self || s.self == "root" ||
		s.isListed(f["managers"]) || s.isListed(f["operators"])
	s.mu.Lock()
	s.server = sv
	s.mu.Unlock()
	return sv, nil
}

// sighted is aboutServer for questions whose answer would be taken for the whole
// truth. Where users see only their own jobs ("query_other_jobs") qstat prints
// nothing for those of others, and succeeds.
func (s *Scheduler) sighted(ctx context.Context) (server, error) {
	sv, err := s.aboutServer(ctx)
	if err == nil && !sv.seesAll {
		err = fmt.Errorf("%w: %s may not see the jobs of others: set query_other_jobs, or make it an operator", batch.ErrUnavailable, s.self)
	}
	return sv, err
}

// isListed looks for the service's user in a list like "root@*,alice@head".
func (s *Scheduler) isListed(list string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(entry string) bool {
		return ownerOf(strings.TrimSpace(entry)) == s.self
	})
}

func isTrue(s string) bool { return strings.EqualFold(s, "true") }

// withPrefix are the resources of one kind: "resources_max.ncpus" as "ncpus".
func withPrefix(fields map[string]string, prefix string) map[string]string {
	found := map[string]string{}
	for key, value := range fields {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			found[name] = value
		}
	}
	return found
}
