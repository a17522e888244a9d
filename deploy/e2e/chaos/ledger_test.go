package chaos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// launch is one request for a session and what came of it.
type launch struct {
	name, owner string
	status      int // 0: the answer never came
	// excuses are reasons with which the session may have ended because of what
	// was done to it since.
	excuses []string
}

// job is a job in the queue that carries a session's tag.
type job struct{ id, owner, session, state string }

// live jobs run or may run. One that is COMPLETING is on its way out.
func (j job) live() bool {
	switch j.state {
	case "PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT",
		"STOPPED", "SIGNALING", "RESIZING", "STAGE_OUT":
		return true
	}
	return false
}

// jobsOf reads squeue's "%A|%u|%T|%j" for the jobs of an installation.
func jobsOf(installation, queue string) []job {
	var jobs []job
	for line := range strings.Lines(queue) {
		f := strings.SplitN(strings.TrimSpace(line), "|", 4)
		if len(f) != 4 {
			continue
		}
		if rest, ok := strings.CutPrefix(f[3], "berth:"+installation+":"); ok {
			session, _, _ := strings.Cut(rest, ":")
			jobs = append(jobs, job{id: f[0], owner: f[1], state: f[2], session: session})
		}
	}
	return jobs
}

// verdict is what a look at launches, sessions and jobs gives. What is lost may
// only be on its way; what is doubled or untrue stays so.
type verdict struct {
	running, ended, none int      // sessions with their job, ended ones, launches without a row
	jobs                 int      // sessions that ever had one
	wasted               int      // those that were cut off and did not keep it
	lost                 []string // a live job without a live session, or the other way round
	doubled              []string // a session that ever had two jobs
	untrue               []string // an answer, or an end, that nothing accounts for
}

func (v *verdict) add(list *[]string, format string, args ...any) {
	*list = append(*list, fmt.Sprintf(format, args...))
}

// judge compares. Jobs are all that the queue remembers, finished ones too.
func judge(launches []launch, sessions []client.Session, jobs []job) verdict {
	var v verdict
	owned := map[string]client.Session{} // by job
	for _, l := range launches {
		i := slices.IndexFunc(sessions, func(s client.Session) bool { return s.Name == l.name && s.Owner == l.owner })
		if i < 0 {
			v.none++
			if l.status/100 == 2 {
				v.add(&v.untrue, "%s was answered %d and there is no session", l.name, l.status)
			}
			continue
		}
		s := sessions[i]
		v.session(l, s, jobs)
		if s.State != "Ended" && s.JobID != "" {
			owned[s.JobID] = s
		}
	}
	for _, j := range jobs {
		if s, ok := owned[j.id]; j.live() && (!ok || s.ID != j.session || s.Owner != j.owner) {
			v.add(&v.lost, "job %s of %s is %s and no live session owns it", j.id, j.session, j.state)
		}
	}
	return v
}

func (v *verdict) session(l launch, s client.Session, jobs []job) {
	var all, live []string
	for _, j := range jobs {
		if j.session != s.ID {
			continue
		}
		if all = append(all, j.id); j.live() {
			live = append(live, j.id)
		}
	}
	if len(all) > 0 {
		v.jobs++
		if l.status == 0 && s.State == "Ended" && len(l.excuses) == 0 {
			v.wasted++
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(all)))) > 1 {
		v.add(&v.doubled, "%s (%s) had the jobs %v, of which %v live", s.ID, s.State, all, live)
	}
	switch {
	case s.State == "Ended" && slices.Contains(l.excuses, s.Reason):
		v.ended++
	case s.State == "Ended":
		v.ended++
		switch {
		case !slices.Contains([]string{"refused", "not_submitted"}, s.Reason) || s.Detail == "":
			v.add(&v.untrue, "%s, of which nobody asked the end, is said to be %q (%s)", s.ID, s.Reason, s.Detail)
		case l.status/100 == 2:
			v.add(&v.untrue, "%s was answered %d and has Ended: %s (%s)", s.ID, l.status, s.Reason, s.Detail)
		}
	case !slices.Contains([]string{"Queued", "Starting", "Ready"}, s.State) || s.JobID == "":
		v.add(&v.lost, "%s is %s with job %q", s.ID, s.State, s.JobID)
	case !slices.Contains(live, s.JobID):
		v.add(&v.lost, "%s is %s and its job %s is not in the queue", s.ID, s.State, s.JobID)
	case s.State != "Ready" && slices.ContainsFunc(jobs, func(j job) bool { return j.id == s.JobID && j.state == "RUNNING" }):
		v.add(&v.lost, "%s is %s and its job %s runs", s.ID, s.State, s.JobID)
	default:
		v.running++
		if l.status >= 400 {
			v.add(&v.untrue, "%s was answered %d and is %s", s.ID, l.status, s.State)
		}
	}
}
