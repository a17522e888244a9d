package sql_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func TestPresets(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	ctx := t.Context()
	shelf := &preset.Shelf{
		Store: s, Now: func() time.Time { return noon },
		Site: []preset.Preset{{Name: "Small", Values: session.Request{"cpus": "1"}}, {Name: "mine", Values: session.Request{"cpus": "2"}}},
	}
	values := session.Request{"app": "lab", "gpus": "2", "gpu_type": "a100", "name": "nb", "qos": "", "what": "ever"}
	mine, err := shelf.Save(ctx, "alice", " mine ", "", values)
	if err != nil {
		t.Fatal(err)
	}
	want := preset.Preset{
		ID: mine.ID, Owner: "alice", Name: "mine", CreatedAt: noon,
		Values: session.Request{"app": "lab", "gpus": "2", "gpu_type": "a100"},
	}
	own, err := shelf.Own(ctx, "alice")
	if diff := cmp.Diff([]preset.Preset{want}, own); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, name := range []string{"2 × a100", "2 × a100 (2)"} {
		if p, err := shelf.Save(ctx, "alice", "", "2 × a100", values); err != nil || p.Name != name {
			t.Errorf("%q, %v, want %q", p.Name, err, name)
		}
	}
	if _, err := shelf.Save(ctx, "alice", "mine", "", values); !errors.Is(err, preset.ErrNameTaken) {
		t.Errorf("the same name: %v", err)
	}
	if _, err := shelf.Save(ctx, "bob", "mine", "", values); err != nil {
		t.Errorf("another's name: %v", err)
	}
	for name, err := range map[string]error{
		"rename, bob":        shelf.Rename(ctx, "bob", mine.ID, "his"),
		"delete, bob":        shelf.Delete(ctx, "bob", mine.ID),
		"delete, no id":      shelf.Delete(ctx, "alice", "../x"),
		"rename, none there": shelf.Rename(ctx, "alice", string(session.NewID()), "x"),
	} {
		if !errors.Is(err, preset.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := shelf.Rename(ctx, "alice", mine.ID, "2 × a100"); !errors.Is(err, preset.ErrNameTaken) {
		t.Errorf("renamed to a name that is there: %v", err)
	}
	if err := shelf.Rename(ctx, "alice", mine.ID, "every day"); err != nil {
		t.Fatal(err)
	}
	for name, cpus := range map[string]string{"every day": "", "mine": "2", "Small": "1"} {
		if p, err := shelf.Find(ctx, "alice", name); err != nil || p.Values["cpus"] != cpus {
			t.Errorf("find %s: %+v, %v", name, p, err)
		}
	}
	if err := shelf.Delete(ctx, "alice", mine.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := shelf.Find(ctx, "alice", "every day"); !errors.Is(err, preset.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
	for name, c := range map[string]struct {
		name   string
		values session.Request
	}{
		"a long name":    {strings.Repeat("ä", 61), values},
		"control":        {"a\x1bb", values},
		"no values":      {"x", session.Request{"name": "y"}},
		"a long value":   {"x", session.Request{"app": strings.Repeat("x", 257)}},
		"a value's line": {"x", session.Request{"app": "x\ny"}},
	} {
		_, err := shelf.Save(ctx, "alice", c.name, "", c.values)
		if _, ok := errors.AsType[*session.Invalid](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPresetsAreCounted: who asks often at once has no more than the most.
func TestPresetsAreCounted(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	g, ctx := errgroup.WithContext(context.WithoutCancel(t.Context()))
	for i := range preset.Most + 5 {
		g.Go(func() error {
			err := s.AddPreset(ctx, preset.Preset{
				ID: string(session.NewID()), Owner: "alice", Name: fmt.Sprint(i), Values: session.Request{"cpus": "1"}, CreatedAt: noon,
			}, preset.Most)
			if errors.Is(err, preset.ErrTooMany) {
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if own, err := s.Presets(t.Context(), "alice"); err != nil || len(own) != preset.Most {
		t.Errorf("%d, %v", len(own), err)
	}
}
