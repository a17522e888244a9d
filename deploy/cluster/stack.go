package main

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// stack is what Slurm consists of. Each part is started when what it needs is
// ready.
type stack struct {
	plan    plan
	mu      sync.Mutex
	daemons []*daemon // whatever was started
}

func (s *stack) add(started ...*daemon) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range started {
		if d != nil {
			s.daemons = append(s.daemons, d)
		}
	}
}

func (s *stack) start(ctx context.Context) error {
	if err := configureSlurm(s.plan); err != nil {
		return err
	}
	if err := s.startSupport(ctx); err != nil {
		return err
	}
	first := s.plan.Accounting == accountingOn && !accountsMade()
	if first {
		if err := makeQOS(ctx); err != nil {
			return err
		}
	}
	d, err := startController(ctx, s.plan)
	s.add(d)
	if err != nil {
		return err
	}
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error {
		started, err := startNodes(both)
		s.add(started...)
		return err
	})
	if first {
		group.Go(func() error { return makeAccounts(both) })
	}
	return group.Wait()
}

// startSupport starts what the controller needs: munged, and slurmdbd on MariaDB
// if there is to be accounting.
func (s *stack) startSupport(ctx context.Context) error {
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error {
		d, err := startMunge(both)
		s.add(d)
		return err
	})
	if s.plan.Accounting == accountingOn {
		group.Go(func() error {
			d, err := startMariaDB(both, s.plan)
			s.add(d)
			return err
		})
	}
	if err := group.Wait(); err != nil || s.plan.Accounting != accountingOn {
		return err
	}
	d, err := startSlurmdbd(ctx, s.plan)
	s.add(d)
	return err
}
