package batchtest

import (
	"context"
	"fmt"

	"github.com/berth-hpc/berth/batch"
)

var (
	_ batch.Holder   = (*Memory)(nil)
	_ batch.Accounts = (*Memory)(nil)
)

// Hold implements batch.Holder.
func (m *Memory) Hold(ctx context.Context, owner string, id batch.JobID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.reachable(ctx); err != nil {
		return err
	}
	e := m.jobs[id]
	switch {
	case e == nil || e.vanished || e.job.State.Phase() != batch.PhaseWaiting:
		return fmt.Errorf("job %s: %w", id, batch.ErrNotWaiting)
	case e.job.Owner != owner:
		return fmt.Errorf("job %s belongs to somebody else: %w", id, batch.ErrForbidden)
	}
	e.job.State, e.job.Reason = batch.Held, "JobHeldUser"
	return nil
}

// Release implements batch.Holder.
func (m *Memory) Release(ctx context.Context, owner string, id batch.JobID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.reachable(ctx); err != nil {
		return err
	}
	e := m.jobs[id]
	switch {
	case e == nil || e.vanished || e.job.State != batch.Held:
		return nil
	case e.job.Owner != owner:
		return fmt.Errorf("job %s belongs to somebody else: %w", id, batch.ErrForbidden)
	}
	e.job.State, e.job.Reason = batch.Pending, "None"
	return nil
}

// SetEntitlement says what Entitlement answers for the user; everybody else is
// known to nobody and refused nothing.
func (m *Memory) SetEntitlement(user string, e batch.Entitlement) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entitlements == nil {
		m.entitlements = map[string]batch.Entitlement{}
	}
	m.entitlements[user] = e
}

// Entitlement implements batch.Accounts.
func (m *Memory) Entitlement(ctx context.Context, user string) (batch.Entitlement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.reachable(ctx); err != nil {
		return batch.Entitlement{}, err
	}
	return m.entitlements[user], nil
}
