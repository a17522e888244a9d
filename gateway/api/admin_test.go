package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestAdminsSeeAndStopEverybodysSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mine := s.launch("bob", `{"name": "b"}`)
	s.launch("alice", `{"name": "a"}`)
	for path, want := range map[string]string{
		"/admin/sessions": "a b", "/admin/sessions?owner=bob": "b", "/admin/sessions?state=queued": "a b",
		"/admin/sessions?state=ready": "", "/admin/sessions?q=a": "a", "/admin/sessions?limit=1": "b", "/admin/sessions?queue=none": "",
	} {
		got := names(t, s.get("alice", path))
		if path == "/admin/sessions?limit=1" { // the newest, or one of two as new
			if len(got) != 1 {
				t.Errorf("%s: %q", path, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	s.get("alice", "/admin/sessions/"+string(mine.ID)).want(t, http.StatusOK)
	s.get("alice", "/admin/sessions/aaaaaaaaaaaaaaaa").want(t, http.StatusNotFound)
	s.get("alice", "/admin/sessions/%00").want(t, http.StatusNotFound)

	s.del("alice", "/admin/sessions/"+string(mine.ID)+"?reason=x").want(t, http.StatusUnprocessableEntity)
	r := s.del("alice", "/admin/sessions/"+string(mine.ID)+"?reason=node+goes+down")
	r.want(t, http.StatusAccepted)
	if got := decode[api.Session](t, r.body); got.State != session.Stopping {
		t.Errorf("it is %s", got.State)
	}
	if state := s.scheduler.Job(*mine.JobID).State; state != batch.Cancelled {
		t.Errorf("its job is %s", state)
	}
	r = s.get("alice", "/admin/audit?by=alice")
	r.want(t, http.StatusOK)
	log := decode[api.AuditLog](t, r.body)
	if len(log.Entries) != 1 || log.Entries[0].Action != "session.stop" || *log.Entries[0].Target != string(mine.ID) || !strings.Contains(*log.Entries[0].Detail, "node goes down") {
		t.Errorf("%s", r.body)
	}
}

func TestAdminsAnnounce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for body, want := range map[string]string{
		`{}`:                                             "text",
		`{"text": "x", "severity": "shout"}`:             "severity",
		`{"text": "x", "from": "noon"}`:                  "from",
		`{"text": 1, "until": 2}`:                        "text until",
		`{"text": "x", "to": "all"}`:                     "to",
		`{"text": "x", "until": "2020-01-01T00:00:00Z"}`: "until",
	} {
		r := s.post("alice", "/admin/announcements", body)
		r.want(t, http.StatusUnprocessableEntity)
		if got := strings.Join(faults(t, r), " "); got != want {
			t.Errorf("%s: faults in %q", body, got)
		}
	}
	r := s.post("alice", "/admin/announcements", `{"text": "The disks are full.", "severity": "warning", "cluster": "main", "until": "2026-11-24T00:00:00Z"}`)
	r.want(t, http.StatusCreated)
	made := decode[api.Announcement](t, r.body)
	for _, path := range []string{"/announcements", "/admin/announcements"} {
		list := decode[api.AnnouncementList](t, s.get("alice", path).body)
		if len(list.Announcements) != 1 || list.Announcements[0].Text != "The disks are full." || *list.Announcements[0].Cluster != "main" {
			t.Errorf("%s: %+v", path, list)
		}
	}
	s.del("alice", "/admin/announcements/"+made.ID).want(t, http.StatusNoContent)
	s.del("alice", "/admin/announcements/"+made.ID).want(t, http.StatusNotFound)
	if got := s.get("alice", "/announcements"); string(got.body) != `{"announcements":[]}` {
		t.Errorf("%s", got.body)
	}
}

func TestTheAuditLogIsPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for n := range 5 {
		s.post("alice", "/admin/announcements", fmt.Sprintf(`{"text": "%d"}`, n)).want(t, http.StatusCreated)
	}
	var seen []string
	for after := ""; ; {
		r := s.get("alice", "/admin/audit?limit=2&after="+after)
		r.want(t, http.StatusOK)
		page := decode[api.AuditLog](t, r.body)
		for _, e := range page.Entries {
			seen = append(seen, (*e.Detail)[len("info: "):])
		}
		if page.Next == nil {
			break
		}
		after = *page.Next
	}
	if got := strings.Join(seen, ""); got != "43210" {
		t.Errorf("seen: %s", got)
	}
	for _, bad := range []string{"limit=0", "limit=501", "limit=x", "after=x", "since=today", "by=%00"} {
		s.get("alice", "/admin/audit?"+bad).want(t, http.StatusUnprocessableEntity)
	}
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for n := range 7 {
		made := s.launch("alice", fmt.Sprintf(`{"name": "s%d"}`, n))
		s.edit(made.ID, func(row *session.Session) { row.CreatedAt = noon.Add(-time.Duration(n/2) * time.Second) })
	}
	s.launch("bob", `{"name": "b"}`)
	seen, pages := map[string]int{}, 0
	for after := ""; ; pages++ {
		r := s.get("alice", "/sessions?limit=3&after="+after)
		r.want(t, http.StatusOK)
		page := decode[api.SessionList](t, r.body)
		for _, one := range page.Sessions {
			seen[one.Name]++
		}
		if page.Next == nil {
			break
		}
		after = *page.Next
	}
	if len(seen) != 7 || pages != 2 || seen["b"] > 0 {
		t.Errorf("%d pages and one: %v", pages, seen)
	}
	for _, bad := range []string{"limit=0", "limit=501", "after=1", "after=x.aaaaaaaaaaaaaaaa", "after=1.AAAAAAAAAAAAAAAA", "q=%00", "cluster=" + strings.Repeat("x", 257)} {
		s.get("alice", "/sessions?"+bad).want(t, http.StatusUnprocessableEntity)
	}
}

func TestTheCatalogue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := s.get("alice", "/apps")
	r.want(t, http.StatusOK)
	if want := `{"apps":[{"id":"notebook","name":"Notebook","description":null,"default":true},{"id":"lab","name":"Lab","description":null,"default":false}]}`; string(r.body) != want {
		t.Errorf("%s", r.body)
	}
}
