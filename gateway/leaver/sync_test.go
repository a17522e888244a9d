package leaver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/leaver"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/ldapauth"
)

// world is a directory and the people who have something here.
type world struct {
	now    time.Time
	people map[string]time.Time // since when they are gone
	answer map[string]error
	groups []string
	fresh  map[string][]string
	done   []string
}

func newWorld(people ...string) *world {
	w := &world{
		now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), people: map[string]time.Time{},
		answer: map[string]error{}, fresh: map[string][]string{}, groups: []string{"physics"},
	}
	for _, p := range people {
		w.people[p] = time.Time{}
	}
	return w
}

func (w *world) Lookup(_ context.Context, name string) (ldapauth.Identity, error) {
	if err := w.answer[name]; err != nil {
		return ldapauth.Identity{}, fmt.Errorf("%s: %w", name, err)
	}
	return ldapauth.Identity{Username: name, Groups: w.groups}, nil
}

func (w *world) Holders(context.Context) ([]leaver.Person, error) {
	var list []leaver.Person
	for _, name := range slices.Sorted(maps.Keys(w.people)) {
		list = append(list, leaver.Person{Name: name, GoneSince: w.people[name]})
	}
	return list, nil
}

func (w *world) SetGone(_ context.Context, name string, since time.Time) error {
	w.people[name] = since
	return nil
}

func (w *world) RefreshUser(_ context.Context, u login.User) (bool, error) {
	changed := !slices.Equal(w.fresh[u.Name], u.Groups)
	w.fresh[u.Name] = u.Groups
	return changed, nil
}

func (w *world) act(what string, who admin.Actor, user string) (int, error) {
	w.done = append(w.done, fmt.Sprintf("%s: %s by %s", user, what, who.Name))
	return 1, nil
}

func (w *world) StopAll(_ context.Context, who admin.Actor, user, _ string) (int, error) {
	return w.act("stop", who, user)
}

func (w *world) SignOut(_ context.Context, who admin.Actor, user string) (int, error) {
	return w.act("sign out", who, user)
}

func (w *world) RevokeTokens(_ context.Context, who admin.Actor, user string) (int, error) {
	return w.act("revoke", who, user)
}

func (w *world) sync() (string, error) {
	return leaver.Sync{
		Source: w, Store: w, Leaving: w, Grace: 24 * time.Hour, Most: 0.2, Name: "sync-directory",
		Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler),
	}.Run(context.Background())
}

func (w *world) expect(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.done); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoHasLeftKeepsNothingAfterTheGrace(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]error{"left": ldapauth.ErrNoSuchUser, "no group": ldapauth.ErrNotAllowed} {
		w := newWorld("alice", "bob", "carol")
		w.answer["bob"] = gone
		if text, err := w.sync(); err != nil || !strings.Contains(text, "bob is gone") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		w.now = w.now.Add(23 * time.Hour)
		if _, err := w.sync(); err != nil {
			t.Error(err)
		}
		w.expect(t)
		w.now = w.now.Add(2 * time.Hour)
		if text, err := w.sync(); err != nil || !strings.Contains(text, "bob: 1 sessions stopped") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		w.expect(t, "bob: stop by sync-directory", "bob: sign out by sync-directory", "bob: revoke by sync-directory")
	}
}

func TestWhoComesBackHasNotLeft(t *testing.T) {
	t.Parallel()
	w := newWorld("alice")
	for range 10 {
		w.answer["alice"] = ldapauth.ErrNoSuchUser
		if _, err := w.sync(); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(20 * time.Hour)
		w.answer["alice"] = nil
		if text, err := w.sync(); err != nil || !strings.Contains(text, "alice is back") {
			t.Fatalf("%q, %v", text, err)
		}
	}
	w.expect(t)
}

func TestASilentDirectoryChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld("alice", "bob")
	w.people["alice"] = w.now.Add(-99 * time.Hour)
	w.answer["alice"], w.answer["bob"] = ldapauth.ErrNoSuchUser, ldapauth.ErrUnavailable
	if text, err := w.sync(); !errors.Is(err, ldapauth.ErrUnavailable) || text != "nothing was changed" {
		t.Errorf("%q, %v", text, err)
	}
	w.expect(t)
	if len(w.fresh) != 0 {
		t.Errorf("refreshed %v", w.fresh)
	}
}

func TestABlindDirectoryIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for i := range 40 {
		name := fmt.Sprintf("u%02d", i)
		w.people[name] = time.Time{}
		if i < 9 {
			w.answer[name] = ldapauth.ErrNoSuchUser
		}
	}
	if _, err := w.sync(); !errors.Is(err, leaver.ErrTooMany) {
		t.Errorf("9 of 40: %v", err)
	}
	for _, since := range w.people {
		if !since.IsZero() {
			t.Error("somebody is noted as gone")
		}
	}
	w.answer["u08"] = nil
	if _, err := w.sync(); err != nil {
		t.Errorf("8 of 40: %v", err)
	}
}

func TestGroupsAreBroughtUpToDate(t *testing.T) {
	t.Parallel()
	w := newWorld("alice")
	for _, want := range []string{"1 with new", "0 with new"} {
		if text, err := w.sync(); err != nil || !strings.Contains(text, want) {
			t.Errorf("%q, %v", text, err)
		}
	}
	w.groups = nil
	if text, err := w.sync(); err != nil || !strings.Contains(text, "1 with new") {
		t.Errorf("%q, %v", text, err)
	}
}
