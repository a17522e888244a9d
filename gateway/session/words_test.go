package session_test

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// A job that the scheduler keeps from running does not answer, and that is why.
func TestASuspendedSessionSaysSo(t *testing.T) {
	t.Parallel()
	for state, suspended := range map[session.State]bool{
		session.Queued: false, session.Starting: true, session.Ready: true, session.Stopping: false, session.Ended: false,
	} {
		for _, job := range []batch.State{batch.Suspended, batch.Stopped, batch.Running} {
			s := session.Session{State: state, JobState: job, AgentLost: time.Unix(1e9, 0), Reason: session.Finished}
			want := suspended && job != batch.Running
			if said := s.Headline() == "The scheduler has suspended the job"; said != want || s.Suspended() != want {
				t.Errorf("%s with a job that is %s: %q", state, job, s.Headline())
			}
		}
	}
}
