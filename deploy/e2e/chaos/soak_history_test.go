package chaos

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// history is all that was seen of a soak's launches, sessions and jobs.
type history struct {
	mu       sync.Mutex
	launches map[string]*launch // by owner and name
	sessions map[string]client.Session
	jobs     map[string]job
	odd      []string // what must not have changed and has
}

func newHistory() *history {
	return &history{launches: map[string]*launch{}, sessions: map[string]client.Session{}, jobs: map[string]job{}}
}

// launched notes a launch before it is sent, and then what it was answered.
func (h *history) launched(l launch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.launches[l.owner+"/"+l.name] = &l
}

// excuse notes, before it is done, what may end a session from now on.
func (h *history) excuse(s client.Session, reasons ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l := h.launches[s.Owner+"/"+s.Name]; l != nil {
		l.excuses = append(l.excuses, reasons...)
	}
}

// saw notes sessions and jobs as they are now. Jobs that the queue has forgotten
// are kept as such.
func (h *history) saw(sessions []client.Session, jobs []job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range sessions {
		if before, ok := h.sessions[s.ID]; ok {
			if wrong := changed(before, s); wrong != "" {
				h.odd = append(h.odd, s.ID+": "+wrong)
			}
		}
		h.sessions[s.ID] = s
	}
	for id, j := range h.jobs {
		j.state = "FORGOTTEN"
		h.jobs[id] = j
	}
	for _, j := range jobs {
		h.jobs[j.id] = j
	}
}

// changed says what has changed that never may.
func changed(before, now client.Session) string {
	switch {
	case before.State == "Ended" && (now.State != "Ended" || now.Reason != before.Reason):
		return fmt.Sprintf("it had ended as %s and is %s %s", before.Reason, now.State, now.Reason)
	case before.State == "Stopping" && now.State != "Stopping" && now.State != "Ended":
		return "it was Stopping and is " + now.State
	case before.JobID != "" && now.JobID != before.JobID:
		return fmt.Sprintf("its job was %s and is %q", before.JobID, now.JobID)
	case now.Attempt < before.Attempt:
		return fmt.Sprintf("its attempt was %d and is %d", before.Attempt, now.Attempt)
	}
	return ""
}

// known is what judge needs.
func (h *history) known() ([]launch, []client.Session, []job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var launches []launch
	for _, l := range h.launches {
		one := *l
		one.excuses = slices.Clone(l.excuses)
		launches = append(launches, one)
	}
	return launches, slices.Collect(maps.Values(h.sessions)), slices.Collect(maps.Values(h.jobs))
}

// living are the owner's live sessions, as last seen.
func (h *history) living(owner string) []client.Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	var live []client.Session
	for _, s := range h.sessions {
		if s.Owner == owner && s.State != "Ended" {
			live = append(live, s)
		}
	}
	slices.SortFunc(live, func(a, b client.Session) int { return a.CreatedAt.Compare(*b.CreatedAt) })
	return live
}

// of finds the session of a job.
func (h *history) of(job string) (client.Session, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.sessions {
		if s.JobID == job {
			return s, true
		}
	}
	return client.Session{}, false
}

// watch looks every second: lists show only the last of what has ended.
func (k *soak) watch(ctx context.Context, t testing.TB) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		if err := k.look(t); err != nil {
			k.counts.add("look: not possible")
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// look reads both sides: first the sessions, then the jobs.
func (k *soak) look(t testing.TB) error {
	sessions, err := k.lane.sessions(t)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	// A controller that stands still keeps it waiting.
	out, err := exec.CommandContext(ctx, "squeue", "-h", "-t", "all", "-o", "%A|%u|%T|%j").Output()
	if err != nil {
		return fmt.Errorf("squeue: %w", err)
	}
	k.saw(sessions, jobsOf(k.Installation, string(out)))
	return nil
}
