package sql_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// attempt creates the session and says which constraint stood in the way.
func attempt(t *testing.T, s *sql.Store, v session.Session) string {
	t.Helper()
	_, err := s.Create(t.Context(), v, requested, anything)
	if err == nil {
		return ""
	}
	if errors.Is(err, session.ErrStore) {
		t.Errorf("a row that breaks a rule is no outage: %v", err)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.ConstraintName
	}
	return err.Error()
}

func TestTheSchemaKnowsEveryStateAndReason(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	put := func(state session.State, reason, stop session.EndReason) string {
		v := asked("alice", "s"+string(session.NewID()))
		v.State, v.Reason, v.StopReason = state, reason, stop
		if state == session.Ended {
			v.EndedAt = noon
		}
		return attempt(t, s, v)
	}
	for _, state := range session.States() {
		reason := session.EndReason("")
		if state == session.Ended {
			reason = session.Lost
		}
		if broken := put(state, reason, ""); broken != "" {
			t.Errorf("state %s: %s", state, broken)
		}
	}
	for _, reason := range session.EndReasons() {
		if broken := put(session.Ended, reason, reason); broken != "" {
			t.Errorf("reason %s: %s", reason, broken)
		}
	}
	if got := put("Running", "", ""); got != "sessions_state" {
		t.Errorf("an unknown state: %q", got)
	}
	if got := put(session.Ended, "bored", ""); got != "sessions_reason" {
		t.Errorf("an unknown reason: %q", got)
	}
	if got := put(session.Ready, "", "bored"); got != "sessions_stop_reason" {
		t.Errorf("an unknown stop reason: %q", got)
	}
}

func TestTheSchemaRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	for what, c := range map[string]struct {
		bend   func(*session.Session)
		broken string
	}{
		"nothing":              {func(*session.Session) {}, ""},
		"ended for no reason":  {func(v *session.Session) { v.State, v.EndedAt = session.Ended, noon }, "sessions_ended_has_reason"},
		"a reason while alive": {func(v *session.Session) { v.Reason = session.Lost }, "sessions_ended_has_reason"},
		"ended at no time":     {func(v *session.Session) { v.State, v.Reason = session.Ended, session.Lost }, "sessions_ended_has_time"},
		"an end while alive":   {func(v *session.Session) { v.EndedAt = noon }, "sessions_ended_has_time"},
		"attempt 0":            {func(v *session.Session) { v.Attempt = 0 }, "sessions_attempt"},
		"negative GPUs":        {func(v *session.Session) { v.Resources.GPUs = -1 }, "sessions_resources"},
		"negative CPUs":        {func(v *session.Session) { v.Resources.CPUs = -1 }, "sessions_resources"},
		"negative memory":      {func(v *session.Session) { v.Resources.Memory = -1 }, "sessions_resources"},
		"negative nodes":       {func(v *session.Session) { v.Resources.Nodes = -1 }, "sessions_resources"},
		"negative time":        {func(v *session.Session) { v.TimeLimit = -1000 }, "sessions_resources"},
		"negative polls":       {func(v *session.Session) { v.MissingPolls = -1 }, "sessions_missing_polls"},
		"an id of its own":     {func(v *session.Session) { v.ID = "ABCDEFGHIJKLMNOP" }, "sessions_id"},
		"a longer id":          {func(v *session.Session) { v.ID += "a" }, "sessions_id"},
		"no name":              {func(v *session.Session) { v.Name = "" }, "sessions_name"},
		"a name with a slash":  {func(v *session.Session) { v.Name = "a/b" }, "sessions_name"},
		"a name with a line":   {func(v *session.Session) { v.Name = "a\nb" }, "sessions_name"},
		"a long name":          {func(v *session.Session) { v.Name = strings.Repeat("a", 33) }, "sessions_name"},
		"nobody":               {func(v *session.Session) { v.Owner = "" }, "sessions_owner"},
		"an option":            {func(v *session.Session) { v.Owner = "-uroot" }, "sessions_owner"},
		"a folder":             {func(v *session.Session) { v.Owner = ".." }, "sessions_owner"},
		"an owner with a path": {func(v *session.Session) { v.Owner = "a/b" }, "sessions_owner"},
		"an owner with a line": {func(v *session.Session) { v.Owner = "a\n" }, "sessions_owner"},
		"an owner from AD":     {func(v *session.Session) { v.Owner = "Jürgen.O'Neill_2@example.org" }, ""},
		"half a claim hash":    {func(v *session.Session) { v.ClaimHash = []byte("short") }, "sessions_claim_hash"},
	} {
		v := asked("alice", "s"+string(session.NewID()))
		c.bend(&v)
		if got := attempt(t, s, v); got != c.broken {
			t.Errorf("%s: broke %q, want %q", what, got, c.broken)
		}
	}
	huge := asked("alice", "huge")
	huge.Resources.CPUs = 1 << 40
	if got := attempt(t, s, huge); got == "" {
		t.Error("a number that does not fit was cut")
	}
}

func TestHistoryIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s, conn := open(t, url), connect(t, url)
	v := create(t, s, asked("alice", "lab"))
	if err := s.Audit(t.Context(), admin.Entry{By: "root", Action: "look"}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"update session_events set text = 'nothing happened'",
		"delete from session_events",
		"truncate session_events",
		"delete from sessions", // would take its events along
		"update audit_log set by = 'nobody'",
		"delete from audit_log",
		"truncate audit_log",
		"set berth.purge = 'on'; update session_events set text = 'nothing happened'",
		"set berth.purge = 'on'; truncate audit_log",
	} {
		if _, err := conn.Exec(t.Context(), statement); err == nil {
			t.Errorf("went through: %s", statement)
		}
	}
	if line, err := s.Timeline(t.Context(), v.ID); len(line) != 1 || err != nil {
		t.Errorf("%d entries, %v", len(line), err)
	}
}

func TestTextOfOthersIsCutAndCleaned(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := create(t, s, asked("alice", "lab"))
	v.JobReason, v.Detail = "bad \xff\x00 bytes", strings.Repeat("x", 3*sql.MaxText)
	ev := session.Evidence{Event: session.EvWaiting, Text: strings.Repeat("ü", sql.MaxText), By: "\x00"}
	now := change(t, s, v, ev)
	if now.JobReason != "bad \uFFFD\uFFFD bytes" || len(now.Detail) != sql.MaxText {
		t.Errorf("reason %q, detail of %d bytes", now.JobReason, len(now.Detail))
	}
	line, err := s.Timeline(t.Context(), v.ID)
	if err != nil || len(line) != 2 {
		t.Fatal(line, err)
	}
	if got := line[1]; len(got.Text) != sql.MaxText || got.By != "\uFFFD" || time.Since(got.At).Abs() > time.Hour {
		t.Errorf("%d bytes by %q at %s", len(got.Text), got.By, got.At)
	}
}
