package session

import (
	"slices"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// checkRights says what the scheduler would refuse to the person: a partition
// for others, an account that is not theirs, more than their account or QOS
// allows one job.
func (f Facts) checkRights(bad *Invalid, q batch.Queue, l Launch) {
	e, ok := f.Rights[l.Cluster]
	if !ok {
		return
	}
	if field, possible, message := limit.Refusal(f.Who, e, q, l.Account, l.QOS); field != "" {
		asked := map[string]string{"queue": q.Name, "account": l.Account, "qos": l.QOS}[field]
		if !slices.ContainsFunc(bad.Faults, func(old Fault) bool { return old.Field == field }) {
			bad.add(field, asked, possible, "%s", message)
		}
		return
	}
	// How many sessions are held is the scheduler's to judge: it knows of the
	// jobs that are not ours.
	own := limit.Explanation{
		Cluster: l.Cluster, Queue: q.Name,
		Limits: limit.FromEntitlement(e, l.Cluster, q, l.Account, l.QOS, nil),
	}
	ask := limit.Request{Cluster: l.Cluster, Queue: q.Name, App: l.App, Resources: l.Resources, TimeLimit: l.TimeLimit}
	if ask.Resources.Memory == 0 {
		ask.Resources.Memory = 1 // what the scheduler gives without asking is its own matter
	}
	if d := own.Admit(ask); d != nil {
		bad.add(d.Field, d.Want, "up to "+d.Max, "%s (%s)", d.Words(), d.By())
	}
}
