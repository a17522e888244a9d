package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

// What one gateway's rounds find out about a scheduler, the pages of every
// gateway say.
func TestStandingReachesEveryGateway(t *testing.T) {
	t.Parallel()
	var gateways [2]standing
	told := 0
	for i := range gateways {
		gateways[i] = standing{
			board:   session.NewBoard([]string{"demo"}, map[string]session.QueueSource{"demo": batchtest.New()}, time.Now),
			believe: time.Minute, log: slog.New(slog.DiscardHandler),
			announce: func(_ context.Context, n sql.Notice) error {
				told++
				for _, g := range gateways {
					g.heard(n)
				}
				return errors.New("somebody may not have heard it")
			},
		}
	}
	down := func(want bool, notices int) {
		t.Helper()
		for i, g := range gateways {
			if s, _ := g.board.Of("demo"); s.DownSince.IsZero() == want {
				t.Errorf("gateway %d: down since %s", i, s.DownSince)
			}
		}
		if told != notices {
			t.Errorf("%d notices, want %d", told, notices)
		}
	}
	answers, silent := reconcile.Report{Answered: []string{"demo"}}, reconcile.Report{Down: []string{"demo"}}
	leader, next := gateways[0], gateways[1]
	leader.round(t.Context(), answers)
	down(false, 0)
	leader.round(t.Context(), silent)
	leader.round(t.Context(), reconcile.Report{}) // nobody was asked
	leader.round(t.Context(), silent)
	down(true, 2)
	next.round(t.Context(), answers) // which was the leader before does not matter
	next.round(t.Context(), answers)
	down(false, 3)
}
