package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

// Bounds of what one command asks others for, only to be helpful.
const (
	doubtLimit = 10 * time.Second
	mostDoubts = 20 // people looked up
)

// doubt says which of the limits that are now set may mean nothing, because
// they name what nobody knows: most are slips of the pen. They are set all the
// same: a partition or a person may come later, and a scheduler may be away.
func doubt(ctx context.Context, out io.Writer, c *fileConfig, store *sql.Store, rules []limit.Rule) error {
	ctx, cancel := context.WithTimeout(ctx, doubtLimit)
	defer cancel()
	var known []session.Standing
	if slices.ContainsFunc(rules, namesPlace) {
		// What is wrong with a scheduler is for others to say.
		all, err := newClusters(c, func() (urls, fingerprints []string) { return nil, nil }, slog.New(slog.DiscardHandler))
		if err == nil {
			for name := range all.byName {
				_ = all.board.Refresh(ctx, name) // who does not answer is not known
			}
			known = all.board.All()
		}
	}
	lines := append(appDoubts(apps(c), rules), placeDoubts(known, rules)...)
	lines = append(lines, personDoubts(ctx, store, rules)...)
	for _, line := range lines {
		if _, err := fmt.Fprintf(out, "note: %s\n", line); err != nil {
			return err
		}
	}
	return nil
}

func namesPlace(r limit.Rule) bool { return r.Scope.Queue != "" || r.GPUType != "" }

func appDoubts(have []session.App, rules []limit.Rule) (lines []string) {
	var ids []string
	for _, a := range have {
		ids = append(ids, a.ID)
	}
	for _, r := range rules {
		for _, id := range r.Apps {
			if !slices.Contains(ids, id) {
				lines = append(lines, fmt.Sprintf("there is no app %q%s", id, suggest(id, ids)))
			}
		}
	}
	return unique(lines)
}

// placeDoubts needs all clusters that a limit may be about to have answered.
func placeDoubts(known []session.Standing, rules []limit.Rule) (lines []string) {
	for _, r := range rules {
		var queues, types []string
		answered := len(known) > 0
		for _, s := range known {
			if r.Scope.Cluster != "" && r.Scope.Cluster != s.Cluster {
				continue
			}
			answered = answered && len(s.Queues) > 0
			for _, q := range s.Queues {
				queues = append(queues, q.Name)
				for _, g := range q.GPUs {
					if r.Scope.Queue == "" || r.Scope.Queue == q.Name {
						types = append(types, g.Type)
					}
				}
			}
		}
		same := func(t string) bool { return strings.EqualFold(t, r.GPUType) }
		switch {
		case !answered:
		case r.Scope.Queue != "" && !slices.Contains(queues, r.Scope.Queue):
			lines = append(lines, fmt.Sprintf("no cluster has a partition %q now%s", r.Scope.Queue, suggest(r.Scope.Queue, unique(queues))))
		case r.GPUType != "" && !slices.ContainsFunc(types, same):
			lines = append(lines, fmt.Sprintf("there are no GPUs of type %q there now%s", r.GPUType, suggest(r.GPUType, unique(types))))
		}
	}
	return unique(lines)
}

func personDoubts(ctx context.Context, store *sql.Store, rules []limit.Rule) (lines []string) {
	asked := map[string]bool{}
	for _, r := range rules {
		if r.Who.Kind != limit.User || asked[r.Who.Name] || len(asked) == mostDoubts {
			continue
		}
		asked[r.Who.Name] = true
		if _, err := store.User(ctx, r.Who.Name); errors.Is(err, login.ErrNotFound) {
			lines = append(lines, fmt.Sprintf("%q has never signed in", r.Who.Name))
		}
	}
	return lines
}

func unique(words []string) []string {
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(words)
}

// setBy are the limits that the changes set.
func setBy(changes []limit.Change) (rules []limit.Rule) {
	for _, c := range changes {
		if c.New != nil {
			rules = append(rules, *c.New)
		}
	}
	return rules
}
