package limit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// FromQueue is what the scheduler's queue itself limits: the time of a session.
func FromQueue(cluster string, q batch.Queue) []Effective {
	if q.MaxTime <= 0 {
		return nil
	}
	return []Effective{own(SessionTime, Scope{cluster, q.Name}, int64(q.MaxTime.Std().Seconds()), "the scheduler's partition "+q.Name)}
}

// FromEntitlement is what the scheduler's accounts limit for a job of that
// account and QOS ("" for the user's defaults) in the queue. held is what the
// user's sessions hold: jobs that are not ours are not in it.
func FromEntitlement(e batch.Entitlement, cluster string, q batch.Queue, account, qos string, held []Held) []Effective {
	if !e.LimitsEnforced {
		return nil
	}
	var all []Effective
	scope := Scope{Cluster: cluster}
	if part, ok := e.QOSOf(q.QOS); ok {
		all = append(all, fromCap(part.Cap, Scope{cluster, q.Name}, held, "the scheduler's partition "+q.Name)...)
	}
	a, ok := e.Association(account, q.Name)
	if ok {
		all = append(all, fromCap(a.Cap, scope, held, "the scheduler's account "+a.Account)...)
	}
	if qos == "" && ok {
		qos = a.DefaultQOS
	}
	if q, ok := e.QOSOf(qos); ok {
		all = append(all, fromCap(q.Cap, scope, held, "the scheduler's QOS "+q.Name)...)
	}
	return all
}

func fromCap(c batch.Cap, scope Scope, held []Held, source string) []Effective {
	var all []Effective
	add := func(field, gpuType string, value int64) {
		if value < 0 {
			return
		}
		e := own(field, scope, value, source)
		e.GPUType = gpuType
		e.Have = Account{Held: held}.have(e.Field, scope, gpuType, time.Time{})
		all = append(all, e)
	}
	kinds := make([]string, 0, len(c.GPUs))
	for k := range c.GPUs {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		add(SessionGPUs, k, int64(c.GPUs[k]))
	}
	add(SessionCPUs, "", int64(c.CPUs))
	add(SessionMemory, "", int64(c.Memory))
	if c.Time >= 0 {
		add(SessionTime, "", int64(c.Time.Std().Seconds()))
	}
	add(Sessions, "", int64(c.Sessions))
	return all
}

func own(field string, scope Scope, value int64, source string) Effective {
	f, _ := FieldOf(field)
	return Effective{Field: f, Scope: scope, Max: value, Source: source}
}

// Refusal says why the scheduler would not take a job of this person, account
// and QOS ("" for the defaults) in the queue: the launch request's field and a
// sentence, or "" if it would. A group, account or QOS of which nothing is
// known refuses nothing.
func Refusal(who Subject, e batch.Entitlement, q batch.Queue, account, qos string) (field, possible, message string) {
	if len(q.AllowGroups) > 0 && e.Groups != nil && !meet(q.AllowGroups, e.Groups) && !meet(q.AllowGroups, who.Groups) {
		return "queue", "", fmt.Sprintf("partition %s is only for members of %s", q.Name, list(q.AllowGroups))
	}
	if !e.Enforced {
		return "", "", ""
	}
	allowed := func(name string) bool {
		return (len(q.AllowAccounts) == 0 || slices.Contains(q.AllowAccounts, name)) && !slices.Contains(q.DenyAccounts, name)
	}
	mine := e.Accounts(q.Name)
	usable := slices.DeleteFunc(slices.Clone(mine), func(n string) bool { return !allowed(n) })
	a, ok := e.Association(account, q.Name)
	switch {
	case len(mine) == 0:
		return "queue", "", fmt.Sprintf("you have no account that can be charged in partition %s", q.Name)
	case len(usable) == 0:
		return "queue", "", fmt.Sprintf("partition %s is not for your account %s", q.Name, list(mine))
	case account == "" && !ok:
		return "account", list(usable), "choose the account to charge: " + list(usable)
	case !ok:
		return "account", list(usable), fmt.Sprintf("you may not charge %s in partition %s; possible: %s", clip(account), q.Name, list(usable))
	case !allowed(a.Account):
		return "account", list(usable), fmt.Sprintf("partition %s is not for account %s; possible: %s", q.Name, a.Account, list(usable))
	}
	return refusedQOS(e, q, a, qos)
}

func refusedQOS(e batch.Entitlement, q batch.Queue, a batch.Association, qos string) (field, possible, message string) {
	if !e.EnforcedQOS {
		return "", "", ""
	}
	allowed := func(name string) bool {
		return (len(q.AllowQOS) == 0 || slices.Contains(q.AllowQOS, name)) && !slices.Contains(q.DenyQOS, name)
	}
	usable := slices.DeleteFunc(slices.Clone(a.QOS), func(n string) bool { return !allowed(n) })
	want := qos
	if want == "" {
		want = a.DefaultQOS
	}
	switch {
	case want == "":
		return "", "", ""
	case !slices.Contains(a.QOS, want):
		return "qos", list(usable), fmt.Sprintf("the QOS %s is not for account %s; possible: %s", clip(want), a.Account, list(usable))
	case !allowed(want):
		return "qos", list(usable), fmt.Sprintf("partition %s does not take the QOS %s; possible: %s", q.Name, want, list(usable))
	}
	return "", "", ""
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
