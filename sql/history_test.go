package sql_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func TestAuditLog(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	for i := range 5 {
		e := admin.Entry{
			At: noon.Add(time.Duration(i) * time.Minute), By: []string{"root", "ops"}[i%2], Action: "session.stop",
			Target: fmt.Sprintf("user%d", i%3), Detail: "because\x00", Address: "192.0.2.7",
		}
		if err := s.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	read := func(f admin.AuditFilter) (ids []int64) {
		t.Helper()
		entries, err := s.AuditLog(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			ids = append(ids, e.ID)
		}
		return ids
	}
	for _, c := range []struct {
		filter admin.AuditFilter
		want   []int64
	}{
		{admin.AuditFilter{}, []int64{5, 4, 3, 2, 1}},
		{admin.AuditFilter{Limit: 2}, []int64{5, 4}},
		{admin.AuditFilter{Limit: 2, Before: 4}, []int64{3, 2}},
		{admin.AuditFilter{By: "ops"}, []int64{4, 2}},
		{admin.AuditFilter{By: "root", Target: "user1"}, []int64{5}},
		{admin.AuditFilter{Target: "nobody"}, nil},
	} {
		if d := cmp.Diff(c.want, read(c.filter)); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c.filter, d)
		}
	}
	entries, err := s.AuditLog(t.Context(), admin.AuditFilter{Limit: 1})
	want := []admin.Entry{{ID: 5, At: noon.Add(4 * time.Minute), By: "root", Action: "session.stop", Target: "user1", Detail: "because\uFFFD", Address: "192.0.2.7"}}
	if d := cmp.Diff(want, entries); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if err := s.Audit(t.Context(), admin.Entry{By: "root"}); err == nil {
		t.Error("an entry without an action was taken")
	}
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s, conn := open(t, url), connect(t, url)
	for _, r := range []struct{ name, url string }{{"gw2", "https://old"}, {"gw1", "https://gw1"}, {"gw2", "https://gw2"}} {
		if err := s.Heartbeat(t.Context(), sql.Replica{Name: r.name, URL: r.url, Fingerprint: "of " + r.url, StartedAt: noon}); err != nil {
			t.Fatal(err)
		}
	}
	read := func() (out []string) {
		t.Helper()
		list, err := s.Replicas(t.Context(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if !r.StartedAt.Equal(noon) || r.HeartbeatAt.IsZero() || r.Fingerprint != "of "+r.URL {
				t.Errorf("%+v", r)
			}
			out = append(out, r.Name+" "+r.URL)
		}
		return out
	}
	if d := cmp.Diff([]string{"gw1 https://gw1", "gw2 https://gw2"}, read()); d != "" {
		t.Error(d)
	}
	if _, err := conn.Exec(t.Context(), "update replicas set heartbeat_at = now() - interval '61 s' where name = 'gw1'"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"gw2 https://gw2"}, read()); d != "" {
		t.Error("one is silent:", d)
	}
	if err := s.Heartbeat(t.Context(), sql.Replica{Name: "gw1", URL: "https://gw1", Fingerprint: "of https://gw1", StartedAt: noon}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Leave(t.Context(), "gw2"); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"gw1 https://gw1"}, read()); d != "" {
		t.Error("one came back and one left:", d)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	ctx := t.Context()
	var kept []session.ID
	for i := range 130 { // more than two batches
		v := create(t, s, asked("alice", fmt.Sprintf("s%d", i)))
		appendTo(t, s, v.ID, lines(0, 3, "")...)
		switch {
		case i < 120:
			end(t, s, v, noon.Add(time.Duration(i)*time.Second))
			continue
		case i < 125:
			end(t, s, v, noon.Add(time.Hour))
		}
		kept = append(kept, v.ID)
	}
	signIn(t, s, "alice", "old", login.Hash{1})
	for i, expires := range []time.Time{{}, noon, noon.Add(9 * time.Hour)} {
		if err := s.CreateToken(ctx, login.Token{ID: fmt.Sprint(i), Owner: "alice", Scopes: []login.Scope{login.Self}, CreatedAt: noon, ExpiresAt: expires}, login.Hash{9, byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		at := noon.Add(time.Duration(i) * time.Hour)
		if err := errors.Join(s.RecordFailure(ctx, "user:alice", at), s.Audit(ctx, admin.Entry{At: at, By: "root", Action: "look"})); err != nil {
			t.Fatal(err)
		}
	}

	nothing, err := s.Purge(ctx, sql.Retention{})
	if d := cmp.Diff(sql.Purged{}, nothing); d != "" || err != nil {
		t.Errorf("a purge of nothing: %v %s", err, d)
	}
	old := noon.Add(30 * time.Minute)
	logs, err := s.Purge(ctx, sql.Retention{Logs: noon.Add(60 * time.Second)})
	if d := cmp.Diff(sql.Purged{Logs: 60}, logs); d != "" || err != nil {
		t.Errorf("logs: %v %s", err, d)
	}
	late := noon.Add(2 * time.Hour)
	got, err := s.Purge(ctx, sql.Retention{Sessions: old, Logins: late, Tokens: late, Failures: old, Audit: old})
	if d := cmp.Diff(sql.Purged{Sessions: 120, Logins: 1, Tokens: 1, Failures: 1, Audit: 1}, got); d != "" || err != nil {
		t.Errorf("all: %v %s", err, d)
	}

	for _, id := range kept {
		line, err := s.Timeline(ctx, id)
		if len(line) == 0 || err != nil || len(tail(t, s, id, 0, 9)) != 3 {
			t.Errorf("%s: %d entries, %v", id, len(line), err)
		}
	}
	left, err := s.List(ctx, session.Filter{Owner: "alice", Limit: 1000})
	if len(left) != len(kept) || err != nil {
		t.Errorf("%d sessions left, want %d; %v", len(left), len(kept), err)
	}
	if tokens, err := s.TokensOf(ctx, "alice"); len(tokens) != 2 || err != nil {
		t.Errorf("%d tokens left, %v", len(tokens), err)
	}
}
