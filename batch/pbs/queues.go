package pbs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// snapshot is what the queues were when they were last asked for.
type snapshot struct {
	queues map[string]queue
	filled map[string]batch.Queue
	first  string // the default queue
	sure   bool   // every node says what it has
	at     time.Time
}

// Queues runs "qstat -Q" and "pbsnodes", and now and then "qstat -B". Queues that
// only other queues may put jobs into are left out. A node that several queues
// may use counts in each.
func (s *Scheduler) Queues(ctx context.Context) ([]batch.Queue, error) {
	sv, err := s.aboutServer(ctx)
	if err != nil {
		return nil, fmt.Errorf("pbs: queues: %w", err)
	}
	out, err := s.answer(ctx, "qstat", append([]string{"-Q", "-f", "-F", "dsv"}, s.at("")...)...)
	if err != nil {
		return nil, fmt.Errorf("pbs: queues: %w", err)
	}
	records, err := parseRecords(out, "Queue", nil)
	if err != nil {
		return nil, fmt.Errorf("pbs: queues: %w: %w", err, batch.ErrUnavailable)
	}
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, fmt.Errorf("pbs: queues: %w", err)
	}
	shot := s.fill(sv, records, nodes)
	s.mu.Lock()
	s.known = shot
	s.mu.Unlock()
	var queues []batch.Queue
	for _, r := range records {
		if q := shot.queues[r.name]; !q.unsubmitable {
			queues = append(queues, shot.filled[r.name])
		}
	}
	return queues, nil
}

func (s *Scheduler) nodes(ctx context.Context) ([]node, error) {
	args := []string{"-a", "-F", "json"}
	if s.cfg.Server != "" {
		args = append(args, "-s", s.cfg.Server)
	}
	out, err := s.answer(ctx, "pbsnodes", args...)
	if err != nil && strings.Contains(err.Error(), "Server has no node list") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	nodes, err := parseNodes(out)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, batch.ErrUnavailable)
	}
	return nodes, nil
}

// fill gives every queue its nodes.
func (s *Scheduler) fill(sv server, records []record, nodes []node) snapshot {
	shot := snapshot{
		queues: map[string]queue{}, filled: map[string]batch.Queue{},
		first: sv.defaultQueue, sure: true, at: time.Now(),
	}
	for _, n := range nodes {
		// After a restart of the server a node says nothing for some seconds.
		shot.sure = shot.sure && n.cpus > 0
	}
	for _, r := range records {
		shot.queues[r.name] = parseQueue(r, sv)
	}
	for name, q := range shot.queues {
		shot.filled[name] = q.filled(members(q, shot.queues, nodes, s.cfg.QueueNodes), s.typeOf)
	}
	return shot
}

// typeOf is the type of a node's GPUs.
func (s *Scheduler) typeOf(n node) string {
	kind := n.resources[s.cfg.GPUTypeResource]
	if !namePattern.MatchString(kind) {
		return "" // what could not be asked for is not offered
	}
	return kind
}
