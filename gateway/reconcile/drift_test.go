package reconcile_test

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
)

// stray makes a job by hand, with a tag of ours.
func (s *site) stray(id session.ID, owner string) batch.JobID {
	return s.batch.Add(batch.Job{Owner: owner, State: batch.Running, Tag: session.Session{ID: id}.Tag("test"), StartedAt: s.now()})
}

// want1 asserts the one drift of a kind, and returns it.
func want1(t *testing.T, r reconcile.Report, kind reconcile.Kind) reconcile.Drift {
	t.Helper()
	var found []reconcile.Drift
	for _, d := range r.Drift {
		if d.Kind == kind {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d of %s in %+v", len(found), kind, r.Drift)
	}
	return found[0]
}

func TestSecondJobOfASessionIsCancelled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	second := s.stray(made.ID, "alice")
	d := want1(t, s.pass(time.Minute), reconcile.DuplicateJob)
	if !d.Done || d.Job != second || s.batch.Job(second).State != batch.Cancelled || s.batch.Job(made.JobID).State != batch.Pending {
		t.Fatalf("%+v; the second is %s, the first %s", d, s.batch.Job(second).State, s.batch.Job(made.JobID).State)
	}
	if len(s.audit) != 1 || s.audit[0].Kind != reconcile.DuplicateJob {
		t.Fatalf("audit %+v", s.audit)
	}
	if r := s.pass(time.Minute); len(r.Drift) != 0 {
		t.Fatalf("the second round still finds %+v", r.Drift)
	}
}

func TestForeignTagIsNeverTouched(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	forged := s.stray(made.ID, "mallory")
	d := want1(t, s.pass(time.Minute), reconcile.ForeignTag)
	if d.Done || s.batch.Job(forged).State != batch.Running {
		t.Fatalf("%+v; the job is %s", d, s.batch.Job(forged).State)
	}
	s.want(made.ID, session.Queued, "")
}

func TestJobOfAnEndedSessionIsCancelled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.pass(time.Second)
	s.batch.Vanish(made.JobID)
	for range 20 {
		s.pass(time.Minute)
	}
	s.want(made.ID, session.Ended, session.Lost)
	s.batch.Return(made.JobID)
	d := want1(t, s.pass(time.Minute), reconcile.JobWithoutRow)
	if !d.Done || s.batch.Job(made.JobID).State != batch.Cancelled {
		t.Fatalf("%+v", d)
	}
}

func TestJobWithoutAnyRowFollowsThePolicy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	orphan := s.stray(session.NewID(), "alice")
	if d := want1(t, s.pass(time.Minute), reconcile.JobWithoutRow); d.Done || s.batch.Job(orphan).State != batch.Running {
		t.Fatalf("reported only: %+v", d)
	}
	s.Orphans = reconcile.CancelOrphans
	if d := want1(t, s.pass(time.Minute), reconcile.JobWithoutRow); !d.Done || s.batch.Job(orphan).State != batch.Cancelled {
		t.Fatalf("cancelled: %+v", d)
	}
}

func TestOtherInstallationsAreNotOurs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Orphans = reconcile.CancelOrphans
	for _, tag := range []string{"berth:other:" + string(session.NewID()) + ":1", "berth:test:", "berth:test:short:1", "my job"} {
		s.batch.Add(batch.Job{Owner: "alice", State: batch.Running, Tag: tag})
	}
	if r := s.pass(time.Minute); len(r.Drift) != 0 {
		t.Fatalf("%+v", r.Drift)
	}
}

func TestCheckChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	second := s.stray(made.ID, "alice")
	report, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := want1(t, report, reconcile.WrongState); d.Done || d.Repair != "moved to Starting" {
		t.Fatalf("%+v", d)
	}
	want1(t, report, reconcile.DuplicateJob)
	s.want(made.ID, session.Queued, "")
	if s.batch.Job(second).State != batch.Running || len(s.audit) != 0 {
		t.Fatal("a check has changed something")
	}
}

func TestAgentsAreComparedToo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.pass(time.Second)
	s.links = []reconcile.Link{{Session: made.ID, Attempt: 1}, {Session: session.NewID(), Attempt: 1}}
	r := s.pass(time.Second)
	want1(t, r, reconcile.AgentWithoutSession)
	if d := want1(t, r, reconcile.TunnelWithoutClaim); !d.Done || len(s.synced) != 1 || s.synced[0] != made.ID {
		t.Fatalf("%+v, synced %v", d, s.synced)
	}
}

// A row that says connected is corrected after a while. If another gateway has
// the agent and says so, it is left in peace for longer.
func TestRowsAreComparedWithAgents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.pass(time.Second)
	s.connect(made.ID)
	claims := func(r reconcile.Report) int { return r.Count()[reconcile.ClaimWithoutTunnel] }
	for range 3 {
		if r := s.pass(20 * time.Second); claims(r) != 0 {
			t.Fatalf("too soon: %+v", r.Drift)
		}
	}
	if d := want1(t, s.pass(20*time.Second), reconcile.ClaimWithoutTunnel); !d.Done {
		t.Fatalf("%+v", d)
	}
	if row, _ := s.store.Get(t.Context(), made.ID); !row.AgentSince.IsZero() || row.AgentLost.IsZero() {
		t.Fatalf("connected since %s, gone since %s", row.AgentSince, row.AgentLost)
	}
	s.connect(made.ID)
	s.pass(0)
	found := 0
	for range 12 {
		found += claims(s.pass(time.Minute))
		s.connect(made.ID)
	}
	if found != 1 {
		t.Errorf("the other gateway was troubled %d times in 12 minutes", found)
	}
	s.links = []reconcile.Link{{Session: made.ID, Attempt: 1}}
	s.pass(time.Second)
	s.links = nil
	if r := s.pass(time.Second); len(r.Drift) != 0 { // the clock begins anew
		t.Fatalf("%+v", r.Drift)
	}
}
