package agent

import (
	"testing"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

func TestJobOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		want job
	}{
		{map[string]string{"SLURM_JOB_ID": "7"}, job{id: "7"}},
		{map[string]string{"SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "2"}, job{id: "7", restarts: 2}},
		{map[string]string{"SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "-2"}, job{id: "7"}},
		{map[string]string{"PBS_JOBID": "7.pbshost"}, job{id: "7.pbshost", uncounted: true}},
		{map[string]string{"LOCAL_JOB_ID": "7"}, job{id: "7"}},
		{nil, job{}},
	} {
		if got := jobOf(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.env, got, c.want)
		}
	}
}

// An agent that cannot know which start of its job it is learns it from the
// first manifest, and claims with that from then on, whatever a later one says.
func TestUncountedAgentLearns(t *testing.T) {
	t.Parallel()
	a := &agent{job: job{id: "7.pbshost", uncounted: true}, manifests: make(chan tunnel.Manifest, 1)}
	a.Hello.Attempt = 1
	if c := a.claim(); !c.Uncounted || c.Restarts != 0 {
		t.Errorf("first: %+v", c)
	}
	for range 2 {
		a.manifest(tunnel.Manifest{Attempt: 3})
		if c := a.claim(); c.Uncounted || c.Restarts != 2 || c.JobID != "7.pbshost" {
			t.Errorf("then: %+v", c)
		}
	}
	a.manifest(tunnel.Manifest{Attempt: 9})
	if c := a.claim(); c.Restarts != 2 {
		t.Errorf("later: %+v", c)
	}
}
