package session_test

import (
	"errors"
	"testing"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// A plan is judged as a launch is, shows what a launch submits, and does nothing.
func TestPlanDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := limit.Subject{User: "alice"}
	plan, err := w.Plan(t.Context(), alice, session.Request{"queue": "gpu", "gpus": "2"})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Launch.Resources.GPUs != 2 || plan.Launch.Queue != "gpu" || len(plan.Script) == 0 {
		t.Errorf("%+v", plan)
	}
	if n := w.batch.Calls().Submit; n != 0 {
		t.Errorf("%d submissions", n)
	}
	if rows, err := w.store.List(t.Context(), session.Filter{}); err != nil || len(rows) != 0 {
		t.Errorf("%d sessions, %v", len(rows), err)
	}
	var invalid *session.Invalid
	if _, err := w.Plan(t.Context(), alice, session.Request{"queue": "gpu", "gpus": "200"}); !errors.As(err, &invalid) {
		t.Error(err)
	}
	w.store.SetLimits(limit.Set{Rules: []limit.Rule{{
		ID: "aaaaaaaaaaaaaaaa", Who: limit.Who{Kind: limit.Everyone}, Field: limit.SessionGPUs, Value: 1, SetBy: "carol",
	}}})
	var denied *limit.Denied
	if _, err := w.Plan(t.Context(), alice, session.Request{"queue": "gpu", "gpus": "2"}); !errors.As(err, &denied) {
		t.Error(err)
	}
	for _, secret := range w.secrets {
		if secret != "(made at the launch)" {
			t.Errorf("a plan shows the secret %q", secret)
		}
	}
}
