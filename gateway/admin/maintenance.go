package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
)

// MaintenanceStore keeps maintenance windows.
type MaintenanceStore interface {
	// Maintenance reads the windows that end after the time, the earliest first.
	Maintenance(ctx context.Context, after time.Time) ([]limit.Window, error)
	AddMaintenance(ctx context.Context, w limit.Window, e Entry) error
	// DeleteMaintenance removes a window; limit.ErrNotFound.
	DeleteMaintenance(ctx context.Context, id string, e Entry) error
}

// Maintenance plans maintenance.
type Maintenance struct {
	Store MaintenanceStore
	Now   func() time.Time
}

// List reads the windows that are not over; with past, all.
func (m Maintenance) List(ctx context.Context, past bool) ([]limit.Window, error) {
	after := m.Now()
	if past {
		after = time.Time{}
	}
	return m.Store.Maintenance(ctx, after)
}

// Add plans a maintenance and returns it with its ID. From then on nothing is
// admitted that would run into it, and within a minute jobs that wait and would
// are held. What runs already is left alone. *limit.Invalid.
func (m Maintenance) Add(ctx context.Context, by Actor, w limit.Window) (limit.Window, error) {
	now := m.Now().UTC().Truncate(time.Microsecond)
	w.ID, w.SetBy, w.SetAt = limit.NewID(), by.Name, now
	w.From, w.Until = w.From.UTC().Truncate(time.Second), w.Until.UTC().Truncate(time.Second)
	if err := w.Check(); err != nil {
		return w, err
	}
	if !w.Until.After(now) {
		return w, &limit.Invalid{Faults: []limit.Fault{{Part: "until", Message: "this maintenance would be over already"}}}
	}
	e := by.Did("maintenance.add", w.ID, describe(w))
	e.At = now
	return w, m.Store.AddMaintenance(ctx, w, e)
}

// Delete cancels a maintenance, or ends it now; limit.ErrNotFound. Jobs that
// were held for it are released within a minute.
func (m Maintenance) Delete(ctx context.Context, by Actor, id string) (limit.Window, error) {
	windows, err := m.List(ctx, true)
	if err != nil {
		return limit.Window{}, err
	}
	for _, w := range windows {
		if w.ID == id {
			return w, m.Store.DeleteMaintenance(ctx, id, by.Did("maintenance.delete", id, describe(w)))
		}
	}
	return limit.Window{}, limit.ErrNotFound
}

func describe(w limit.Window) string {
	text := fmt.Sprintf("%s, %s to %s", w.Scope, w.From.UTC().Format(time.RFC3339), w.Until.UTC().Format(time.RFC3339))
	if w.Text != "" {
		text += ": " + w.Text
	}
	return text
}
