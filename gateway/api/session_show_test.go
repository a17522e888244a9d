package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/session"
)

// Every path that names a session answers somebody else's like one that never
// was, whatever the method.
func TestOtherPeoplesSessionsAreNotThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.launch("alice", `{}`).ID
	for _, user := range []string{"bob", "alice"} {
		for _, what := range []string{string(id), "aaaaaaaaaaaaaaaa", "x", "..", "%00", strings.Repeat("a", 5000)} {
			if user == "alice" && what == string(id) {
				continue
			}
			for _, path := range []string{"", "/log", "/events"} {
				s.get(user, "/sessions/"+what+path).want(t, http.StatusNotFound)
			}
			s.del(user, "/sessions/"+what).want(t, http.StatusNotFound)
		}
	}
	if got := decode[api.Session](t, s.get("alice", "/sessions/"+string(id)).body); got.State != session.Queued {
		t.Errorf("somebody else's DELETE left it %s", got.State)
	}
	own := s.get("bob", "/sessions/"+string(id)).body
	none := s.get("bob", "/sessions/aaaaaaaaaaaaaaaa").body
	if string(own) != string(none) {
		t.Errorf("the answers differ: %s, %s", own, none)
	}
}

func TestShowFollowsTheLife(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.launch("alice", `{"time_limit": "2h"}`).ID
	show := func() api.Session {
		r := s.get("alice", "/sessions/"+string(id))
		r.want(t, http.StatusOK)
		if r.header.Get("Cache-Control") != "no-store" {
			t.Error("a cache may keep it")
		}
		return decode[api.Session](t, r.body)
	}
	berlin := time.FixedZone("", 3600)
	started := noon.Add(time.Minute)
	s.edit(id, func(row *session.Session) {
		row.State, row.JobState, row.Node = session.Ready, batch.Running, "c1"
		row.StartedAt, row.ReadyAt, row.AgentSince = started.In(berlin), started.Add(1234567*time.Microsecond), started
	})
	got := show()
	if got.State != session.Ready || !got.AgentConnected || *got.Node != "c1" || *got.JobState != batch.Running || got.Headline != "Ready" {
		t.Errorf("%+v", got)
	}
	if !got.StartedAt.Equal(started) || !got.Deadline.Equal(started.Add(2*time.Hour)) || got.EndedAt != nil || got.Reason != nil {
		t.Errorf("%+v", got)
	}
	code := 137
	s.edit(id, func(row *session.Session) {
		row.State, row.Reason, row.Detail, row.EndedAt = session.Ended, session.OutOfMemory, "killed", noon.Add(time.Hour)
		row.ExitCode, row.Signal, row.AgentSince = &code, 9, time.Time{}
	})
	got = show()
	if got.State != session.Ended || *got.Reason != "out_of_memory" || *got.ReasonText != session.OutOfMemory.Text() ||
		*got.Detail != "killed" || *got.ExitCode != 137 || *got.Signal != 9 || got.AgentConnected || !got.EndedAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v", got)
	}
}

func TestDeleteStopsOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("alice", `{}`)
	path := "/sessions/" + string(made.ID)
	for range 2 {
		r := s.del("alice", path)
		r.want(t, http.StatusAccepted)
		if got := decode[api.Session](t, r.body); got.State != session.Stopping || got.ID != made.ID {
			t.Errorf("%+v", got)
		}
	}
	if job := s.scheduler.Job(*made.JobID); job.State != batch.Cancelled {
		t.Errorf("the job is %s", job.State)
	}
	s.edit(made.ID, func(row *session.Session) {
		row.State, row.Reason, row.EndedAt = session.Ended, row.StopReason, noon
	})
	r := s.del("alice", path)
	r.want(t, http.StatusOK)
	if got := decode[api.Session](t, r.body); got.State != session.Ended || *got.Reason != session.StoppedByOwner {
		t.Errorf("%+v", got)
	}
	s.scheduler.SetUnavailable(true) // a cancel that fails is tried again later, by others
	s.del("alice", "/sessions/"+string(made.ID)).want(t, http.StatusOK)
	s.store.Fail(session.ErrStore)
	s.del("alice", path).want(t, http.StatusServiceUnavailable)
}
