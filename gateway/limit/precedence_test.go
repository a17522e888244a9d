package limit_test

import (
	"errors"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// monday is a Monday noon.
var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var (
	everyone = limit.Who{Kind: limit.Everyone}
	alice    = limit.Subject{User: "alice", Groups: []string{"ml", "physics"}}
	bob      = limit.Subject{User: "bob", Groups: []string{"ml"}}
	carol    = limit.Subject{User: "carol", Groups: []string{"biology"}}
)

func group(name string) limit.Who { return limit.Who{Kind: limit.Group, Name: name} }
func user(name string) limit.Who  { return limit.Who{Kind: limit.User, Name: name} }

// rules gives each rule an id that says which it is.
func rules(list ...limit.Rule) limit.Set {
	for i := range list {
		list[i].ID = "rule" + string(rune('a'+i)) + "aaaaaaaaaaa"
		list[i].SetBy = "carol"
	}
	return limit.Set{Rules: list}
}

func ask(queue string, gpus int, gpuType string) limit.Request {
	return limit.Request{
		Cluster: "hpc", Queue: queue, App: "lab", TimeLimit: batch.Duration(2 * time.Hour),
		Resources: batch.Resources{GPUs: gpus, GPUType: gpuType, CPUs: 2, Memory: 4 * batch.GiB},
	}
}

func held(queue string, gpus int, gpuType string, waiting bool) limit.Held {
	q := ask(queue, gpus, gpuType)
	h := limit.Held{Cluster: q.Cluster, Queue: q.Queue, Waiting: waiting, Resources: q.Resources, TimeLimit: q.TimeLimit}
	if !waiting {
		h.StartedAt = monday.Add(-time.Hour)
	}
	return h
}

func decide(set limit.Set, who limit.Subject, q limit.Request, used limit.Usage) error {
	return limit.Admission{Who: who, Request: q, At: monday}.Decide(set, used)
}

// TestPrecedence has the examples of deploy/docs/limits.md.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	gpus := func(who limit.Who, n int64) limit.Rule { return limit.Rule{Who: who, Field: limit.GPUs, Value: n} }
	scoped := func(queue string, r limit.Rule) limit.Rule { r.Scope.Queue = queue; return r }
	together := func(r limit.Rule) limit.Rule { r.Together = true; return r }
	general := []limit.Rule{gpus(everyone, 2), gpus(group("ml"), 8), gpus(user("alice"), 16)}
	closed := []limit.Rule{
		{Who: everyone, Field: limit.Use, GPUType: "a100"},
		{Who: group("ml"), Field: limit.Use, GPUType: "a100", Value: 1},
	}
	for name, c := range map[string]struct {
		rules []limit.Rule
		who   limit.Subject
		ask   limit.Request
		used  limit.Usage
		limit string // the rule that denies, by its place: "a" is the first; "" for none
	}{
		"no rule is no limit":                       {nil, carol, ask("gpu", 99, "a100"), limit.Usage{}, ""},
		"everyone's holds for who has no other":     {general, carol, ask("gpu", 3, ""), limit.Usage{}, "a"},
		"and up to it":                              {general, carol, ask("gpu", 2, ""), limit.Usage{}, ""},
		"the group's takes its place":               {general, bob, ask("gpu", 8, ""), limit.Usage{}, ""},
		"and is a limit itself":                     {general, bob, ask("gpu", 9, ""), limit.Usage{}, "b"},
		"the person's own comes first":              {general, alice, ask("gpu", 16, ""), limit.Usage{}, ""},
		"also where it allows less":                 {[]limit.Rule{gpus(group("ml"), 8), gpus(user("alice"), 1)}, alice, ask("gpu", 2, ""), limit.Usage{}, "b"},
		"of two groups the more generous":           {[]limit.Rule{gpus(group("ml"), 8), gpus(group("physics"), 4)}, alice, ask("gpu", 8, ""), limit.Usage{}, ""},
		"zero is none":                              {[]limit.Rule{gpus(everyone, 0)}, carol, ask("gpu", 1, ""), limit.Usage{}, "a"},
		"but no GPU is none, too":                   {[]limit.Rule{gpus(everyone, 0)}, carol, ask("cpu", 0, ""), limit.Usage{}, ""},
		"a partition's does not lift the site's":    {[]limit.Rule{gpus(everyone, 2), scoped("gpu", gpus(everyone, 8))}, carol, ask("gpu", 3, ""), limit.Usage{}, "a"},
		"nor the site's a partition's":              {[]limit.Rule{gpus(everyone, 8), scoped("gpu", gpus(everyone, 2))}, carol, ask("gpu", 3, ""), limit.Usage{}, "b"},
		"a partition's is of no other":              {[]limit.Rule{scoped("gpu", gpus(everyone, 2))}, carol, ask("big", 3, ""), limit.Usage{}, ""},
		"nobody may use a100":                       {closed, carol, ask("gpu", 1, "a100"), limit.Usage{}, "a"},
		"but group ml":                              {closed, bob, ask("gpu", 1, "a100"), limit.Usage{}, ""},
		"other GPUs are not a100":                   {closed, carol, ask("gpu", 1, "v100"), limit.Usage{}, ""},
		"any GPU may be an a100":                    {closed, carol, ask("gpu", 1, ""), limit.Usage{}, "a"},
		"no GPU is not an a100":                     {closed, carol, ask("gpu", 0, ""), limit.Usage{}, ""},
		"one type and all types are different":      {[]limit.Rule{gpus(everyone, 4), {Who: everyone, Field: limit.GPUs, GPUType: "a100", Value: 1}}, carol, ask("gpu", 2, "a100"), limit.Usage{}, "b"},
		"together counts the others'":               {[]limit.Rule{together(gpus(group("ml"), 8))}, bob, ask("gpu", 3, ""), shared("ml", 6), "a"},
		"and fits up to it":                         {[]limit.Rule{together(gpus(group("ml"), 8))}, bob, ask("gpu", 2, ""), shared("ml", 6), ""},
		"a person's own does not lift it":           {[]limit.Rule{together(gpus(group("ml"), 8)), gpus(user("bob"), 100)}, bob, ask("gpu", 3, ""), shared("ml", 6), "a"},
		"and is not for who is in no such group":    {[]limit.Rule{together(gpus(group("ml"), 8))}, carol, ask("gpu", 30, ""), shared("ml", 6), ""},
		"apps that are not in the list":             {[]limit.Rule{{Who: everyone, Field: limit.Apps, Apps: []string{"terminal"}}}, carol, ask("gpu", 0, ""), limit.Usage{}, "a"},
		"apps of two groups are joined":             {[]limit.Rule{{Who: group("ml"), Field: limit.Apps, Apps: []string{"terminal"}}, {Who: group("physics"), Field: limit.Apps, Apps: []string{"lab"}}}, alice, ask("gpu", 0, ""), limit.Usage{}, ""},
		"the first in the order of fields is named": {[]limit.Rule{gpus(everyone, 0), {Who: everyone, Field: limit.SessionGPUs, Value: 1}}, carol, ask("gpu", 2, ""), limit.Usage{}, "b"},
		"of one field the one that leaves least":    {[]limit.Rule{gpus(everyone, 1), scoped("gpu", gpus(everyone, 0))}, carol, ask("gpu", 2, ""), limit.Usage{}, "b"},
	} {
		set := rules(c.rules...)
		err := decide(set, c.who, c.ask, c.used)
		var denied *limit.Denied
		got := ""
		if errors.As(err, &denied) {
			got = denied.Rule[4:5]
		}
		if got != c.limit || (err == nil) != (c.limit == "") {
			t.Errorf("%s: %v, want rule %q", name, err, c.limit)
		}
	}
}

// shared is what the group holds together, and the person nothing of it.
func shared(name string, gpus int) limit.Usage {
	return limit.Usage{Together: map[limit.Who]limit.Account{group(name): {Held: []limit.Held{held("gpu", gpus, "a100", false)}}}}
}

// TestFields: each field stops what is one over, and nothing before.
func TestFields(t *testing.T) {
	t.Parallel()
	used := limit.Usage{Own: limit.Account{
		Held:  []limit.Held{held("gpu", 1, "a100", false), held("gpu", 2, "v100", true)},
		Spent: []limit.Spent{{Cluster: "hpc", Queue: "gpu", GPUType: "a100", Day: 3600, Week: 2 * 3600, Month: 4 * 3600}},
	}}
	// A running one has two GPU-hours, a waiting one four, and the request, with
	// two GPUs for two hours, asks for four.
	const hour = 3600
	q := ask("gpu", 2, "a100")
	for _, c := range []struct {
		field, gpuType string
		enough         int64
		ask            string
	}{
		{limit.SessionGPUs, "", 2, "gpus"},
		{limit.SessionGPUs, "a100", 2, "gpus"},
		{limit.SessionCPUs, "", 2, "cpus"},
		{limit.SessionMemory, "", int64(4 * batch.GiB), "memory"},
		{limit.SessionTime, "", 2 * hour, "time_limit"},
		{limit.Sessions, "", 3, ""},
		{limit.Pending, "", 2, ""},
		{limit.GPUs, "", 5, "gpus"},
		{limit.GPUs, "a100", 3, "gpus"},
		{limit.CPUs, "", 6, "cpus"},
		{limit.GPUHoursDay, "", (1 + 2 + 4 + 4) * hour, "gpus"},
		{limit.GPUHoursWeek, "", (2 + 2 + 4 + 4) * hour, "gpus"},
		{limit.GPUHoursMonth, "", (4 + 2 + 4 + 4) * hour, "gpus"},
		{limit.GPUHoursDay, "a100", (1 + 2 + 4) * hour, "gpus"},
	} {
		r := limit.Rule{Who: everyone, Field: c.field, GPUType: c.gpuType, Value: c.enough}
		if err := decide(rules(r), alice, q, used); err != nil {
			t.Errorf("%s %s: %v", c.field, c.gpuType, err)
		}
		r.Value--
		var denied *limit.Denied
		if err := decide(rules(r), alice, q, used); !errors.As(err, &denied) || denied.Field != c.ask || denied.Limit != c.field {
			t.Errorf("%s %s one less: %+v", c.field, c.gpuType, denied)
		}
	}
}
