package chaos

import (
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// TestJudge shows that what must not happen would be counted.
func TestJudge(t *testing.T) {
	t.Parallel()
	session := func(state, job, reason string) client.Session {
		return client.Session{ID: "s", Name: "n", Owner: "alice", State: state, JobID: job, Reason: reason, Detail: reason}
	}
	j := func(id, state string) job { return job{id: id, owner: "alice", session: "s", state: state} }
	type counts struct{ running, ended, none, wasted, lost, doubled, untrue int }
	for name, c := range map[string]struct {
		status  int
		session []client.Session
		jobs    []job
		want    counts
		excuses []string
	}{
		"runs":                        {201, []client.Session{session("Ready", "1", "")}, []job{j("1", "RUNNING")}, counts{running: 1}, nil},
		"adopted":                     {0, []client.Session{session("Queued", "1", "")}, []job{j("1", "PENDING")}, counts{running: 1}, nil},
		"runs, and nobody gets in":    {201, []client.Session{session("Starting", "1", "")}, []job{j("1", "RUNNING")}, counts{lost: 1}, nil},
		"refused":                     {503, []client.Session{session("Ended", "", "not_submitted")}, nil, counts{ended: 1}, nil},
		"refused, job on its way out": {503, []client.Session{session("Ended", "1", "not_submitted")}, []job{j("1", "COMPLETING")}, counts{ended: 1}, nil},
		"cut before the row":          {0, nil, nil, counts{none: 1}, nil},
		"promised and not there":      {201, nil, nil, counts{none: 1, untrue: 1}, nil},
		"promised and ended":          {201, []client.Session{session("Ended", "", "not_submitted")}, nil, counts{ended: 1, untrue: 1}, nil},
		"denied and there":            {503, []client.Session{session("Ready", "1", "")}, []job{j("1", "RUNNING")}, counts{running: 1, untrue: 1}, nil},
		"ended for nothing":           {0, []client.Session{session("Ended", "1", "lost")}, nil, counts{ended: 1, untrue: 1}, nil},
		"cut off and not adopted":     {0, []client.Session{session("Ended", "1", "refused")}, []job{j("1", "CANCELLED")}, counts{ended: 1, wasted: 1}, nil},
		"ended by force":              {201, []client.Session{session("Ended", "1", "cancelled")}, nil, counts{ended: 1}, []string{"cancelled"}},
		"undecided":                   {0, []client.Session{session("Requested", "", "")}, nil, counts{lost: 1}, nil},
		"no job":                      {0, []client.Session{session("Ready", "1", "")}, []job{j("1", "COMPLETED")}, counts{lost: 1}, nil},
		"job without session":         {0, nil, []job{j("1", "PENDING")}, counts{none: 1, lost: 1}, nil},
		"job of an ended session":     {0, []client.Session{session("Ended", "1", "refused")}, []job{j("1", "RUNNING")}, counts{ended: 1, wasted: 1, lost: 1}, nil},
		"two jobs":                    {0, []client.Session{session("Ready", "1", "")}, []job{j("1", "RUNNING"), j("2", "RUNNING")}, counts{running: 1, lost: 1, doubled: 1}, nil},
		"two jobs, one after another": {0, []client.Session{session("Ready", "2", "")}, []job{j("1", "CANCELLED"), j("2", "RUNNING")}, counts{running: 1, doubled: 1}, nil},
	} {
		v := judge([]launch{{name: "n", owner: "alice", status: c.status, excuses: c.excuses}}, c.session, c.jobs)
		got := counts{v.running, v.ended, v.none, v.wasted, len(v.lost), len(v.doubled), len(v.untrue)}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestJobsOf(t *testing.T) {
	t.Parallel()
	got := jobsOf("x", "7|alice|RUNNING|berth:x:abc:1\n8|bob|PENDING|berth:y:abc:1\n9|bob|PENDING|a|b\n\n")
	if len(got) != 1 || got[0] != (job{"7", "alice", "abc", "RUNNING"}) {
		t.Errorf("%+v", got)
	}
}
