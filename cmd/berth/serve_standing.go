package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

// announceLimit bounds telling the other gateways.
const announceLimit = 5 * time.Second

// standing brings what the leader's rounds find out about the schedulers to
// every gateway's board: the leader alone asks about jobs.
type standing struct {
	board    *session.Board
	announce func(context.Context, sql.Notice) error
	believe  time.Duration // a silence that is not repeated
	log      *slog.Logger
}

// newStanding believes in a silence for some rounds.
func newStanding(board *session.Board, store *sql.Store, interval time.Duration, log *slog.Logger) standing {
	return standing{board: board, announce: store.Announce, believe: 3*interval + time.Minute, log: log}
}

// round takes a leader's report. Silence is announced in each round, so that a
// gateway that has just been started hears of it; an answer only when it is new.
func (s standing) round(ctx context.Context, r reconcile.Report) {
	for _, cluster := range r.Down {
		if s.board.Polled(cluster, false, s.believe) {
			s.log.Error("the scheduler does not answer questions about jobs", "cluster", cluster)
		}
		s.tell(ctx, sql.Notice{Kind: sql.ClusterSilent, ID: cluster})
	}
	for _, cluster := range r.Answered {
		if s.board.Polled(cluster, true, s.believe) {
			s.log.Info("the scheduler answers questions about jobs again", "cluster", cluster)
			s.tell(ctx, sql.Notice{Kind: sql.ClusterAnswers, ID: cluster})
		}
	}
}

func (s standing) tell(ctx context.Context, n sql.Notice) {
	ctx, cancel := context.WithTimeout(ctx, announceLimit)
	defer cancel()
	if err := s.announce(ctx, n); err != nil && ctx.Err() == nil {
		s.log.Warn("the other gateways were not told how a scheduler does", "cluster", n.ID, "err", err)
	}
}

// heard takes what a leader has announced.
func (s standing) heard(n sql.Notice) {
	if n.Kind == sql.ClusterSilent || n.Kind == sql.ClusterAnswers {
		s.board.Polled(n.ID, n.Kind == sql.ClusterAnswers, s.believe)
	}
}
