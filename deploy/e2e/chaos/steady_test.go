package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// facts are what must not change about a session while the scheduler cannot be
// believed.
type facts struct {
	owner, state, job, node string
	attempt                 int
	ready                   time.Time
}

// snapshot reads them of every live session, by id.
func (l *lane) snapshot(t testing.TB) map[string]facts {
	t.Helper()
	list, err := l.sessions(t)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]facts{}
	for _, s := range list {
		if s.State == "Ended" {
			continue
		}
		f := facts{owner: s.Owner, state: s.State, job: s.JobID, node: s.Node, attempt: s.Attempt}
		if s.ReadyAt != nil {
			f.ready = *s.ReadyAt
		}
		all[s.ID] = f
	}
	return all
}

// unchanged is an error that ends all waiting if any session has changed.
func (l *lane) unchanged(t testing.TB, before map[string]facts) error {
	t.Helper()
	if now := l.snapshot(t); !maps.Equal(now, before) {
		return await.Never("the sessions were\n%+v\nand are\n%+v", before, now)
	}
	return nil
}

// open asks the apps of sessions that were ready; each says whose it is.
func (l *lane) open(t testing.TB, sessions ...client.Session) error {
	t.Helper()
	var errs []error
	for _, s := range sessions {
		a := l.users[s.Owner].Get(t, s.At("x"))
		want := fmt.Sprintf("job %s at %s\n", s.JobID, s.At(""))
		if a.Status != http.StatusOK || string(a.Body) != want {
			errs = append(errs, await.Never("%s; want %q", a, want))
		}
	}
	return errors.Join(errs...)
}

// downSince is when the scheduler stopped answering, as the API says; zero: it
// answers.
func (l *lane) downSince(t testing.TB) time.Time {
	t.Helper()
	var list struct {
		Clusters []struct {
			DownSince *time.Time `json:"down_since"`
		}
	}
	l.users["alice"].Get(t, "/api/v1/queues").Must(t, http.StatusOK, &list)
	if len(list.Clusters) != 1 {
		t.Fatalf("clusters: %+v", list)
	}
	if since := list.Clusters[0].DownSince; since != nil {
		return *since
	}
	return time.Time{}
}

// saysDown gives an error until API and page say that the scheduler does not
// answer.
func (l *lane) saysDown(t testing.TB) error {
	t.Helper()
	if l.downSince(t).IsZero() {
		return errors.New("the API does not say that the scheduler is down")
	}
	page := l.users["alice"].Raw(t, http.MethodGet, "/", nil, "Accept", "text/html")
	if page.Status != http.StatusOK || !page.Says("scheduler does not answer") || !page.Says("not since") {
		return fmt.Errorf("the page does not say that the scheduler is down: %s", page)
	}
	return nil
}

// refuses expects that a launch is refused because of the scheduler, and leaves
// nothing.
func (l *lane) refuses(t testing.TB) {
	t.Helper()
	a := l.users["dave"].Send(t, http.MethodPost, "/api/v1/sessions", tiny("unlucky"))
	p := a.Problem(t, http.StatusServiceUnavailable)
	if a.Header.Get("Retry-After") == "" || !strings.Contains(strings.ToLower(p.Title+p.Detail), "scheduler") {
		t.Errorf("a launch without the scheduler: %s", a)
	}
}

// put launches a session of a shape of its own.
func (l *lane) put(t testing.TB, user, name, queue string, cpus int) client.Session {
	t.Helper()
	request := tiny(name)
	request["queue"], request["cpus"] = queue, cpus
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	var s client.Session
	l.users[user].Raw(t, http.MethodPost, "/api/v1/sessions", strings.NewReader(string(body)), "Content-Type", "application/json").
		Must(t, http.StatusCreated, &s)
	return s
}

// liveJobs are the numbers of the session's live jobs, as the scheduler itself
// says.
func (l *lane) liveJobs(t testing.TB, s client.Session) []string {
	t.Helper()
	var ids []string
	for _, j := range l.queue(t) {
		if j.session == s.ID && j.live() {
			ids = append(ids, j.id)
		}
	}
	return slices.Sorted(slices.Values(ids))
}
