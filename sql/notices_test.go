package sql_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/notify"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// post is a channel that keeps what it sends, and fails as often as it is told.
type post struct {
	mu    sync.Mutex
	sent  []string
	fails int
	never bool
}

func (p *post) Send(_ context.Context, n notify.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fails > 0 {
		p.fails--
		if p.never {
			return notify.ErrNever
		}
		return errors.New("not today")
	}
	p.sent = append(p.sent, string(n.Kind)+" "+n.Name+" "+n.Mail)
	return nil
}

// live makes a session that gets ready, is warned, and ends.
func live(t *testing.T, s *sql.Store, name string, reason session.EndReason) {
	t.Helper()
	made, err := s.Create(t.Context(), session.Session{
		ID: session.NewID(), Owner: "alice", Name: name, App: "lab", Cluster: "c", Queue: "q", State: session.Requested, Attempt: 1,
		ClaimHash: make([]byte, 32), CreatedAt: noon,
	}, session.Evidence{At: noon, Source: session.FromPerson, Event: "requested", To: session.Requested}, limit.Admission{Who: limit.Subject{User: "alice"}})
	if err != nil {
		t.Fatal(err)
	}
	step := func(e session.Event, to session.State) {
		from := made.State
		if made.State = to; to == session.Ended {
			made.Reason, made.EndedAt = reason, noon
		}
		if made, err = s.Change(t.Context(), made, session.Evidence{At: noon, Source: session.FromAgent, Event: e, From: from, To: to, Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	step(session.EvReady, session.Ready)
	step(session.EvClaimed, session.Ready)
	step(session.EvEndsSoon, session.Ready)
	step(session.EvOver, session.Ended)
}

func TestNoticesAreSentOnce(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	ctx := t.Context()
	u := login.User{Name: "alice", Mail: "alice@example.org"}
	if err := s.CreateLogin(ctx, login.Login{ID: "l", User: u, CreatedAt: noon, LastSeenAt: noon, ExpiresAt: noon.Add(time.Hour)}, login.Hash{1}); err != nil {
		t.Fatal(err)
	}
	if wants, err := s.WantsMail(ctx, "alice"); wants || err != nil {
		t.Errorf("she never asked: %v, %v", wants, err)
	}
	live(t, s, "a", session.TimedOut)
	live(t, s, "b", session.StoppedByOwner)
	now := noon.Add(time.Minute)
	mail, hook := &post{}, &post{}
	sender := notify.Sender{
		Store: s, Channels: map[string]notify.Channel{notify.Mail: mail, notify.Webhook: hook},
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	both := func() { // two gateways at once
		t.Helper()
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() {
				if _, err := sender.Run(context.WithoutCancel(ctx)); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	}
	both()
	if len(mail.sent) != 0 {
		t.Errorf("she has mail that she did not ask for: %q", mail.sent)
	}
	count := map[string]int{}
	for _, n := range hook.sent {
		count[n]++
	}
	to := " alice@example.org"
	want := map[string]int{"ready a" + to: 1, "ends_soon a" + to: 1, "ended a" + to: 1, "ready b" + to: 1, "ends_soon b" + to: 1}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := s.SetWantsMail(ctx, "alice", true); err != nil {
		t.Fatal(err)
	}
	mail.fails = 2
	for range 10 {
		both()
		now = now.Add(time.Minute)
	}
	if len(mail.sent) != 5 || len(hook.sent) != 5 {
		t.Errorf("mail %q, hook %d", mail.sent, len(hook.sent))
	}
	// What never works is given up; what always fails, after so many tries.
	live(t, s, "c", session.StoppedByOwner)
	mail.fails, mail.never, hook.fails = 2, true, 1000
	for range 40 {
		both()
		now = now.Add(time.Minute)
	}
	if len(mail.sent) != 5 || hook.fails != 1000-2*notify.MostTries {
		t.Errorf("mail %d, %d tries of the hook", len(mail.sent), 1000-hook.fails)
	}
	if err := s.SetWantsMail(ctx, "alice", false); err != nil {
		t.Fatal(err)
	}
	if wants, err := s.WantsMail(ctx, "alice"); wants || err != nil {
		t.Errorf("she changed her mind: %v, %v", wants, err)
	}
}
