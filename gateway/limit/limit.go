package limit

import (
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/batch"
)

// Subject is who asks.
type Subject struct {
	User   string
	Groups []string
	Admin  bool
}

// Request is what is asked for.
type Request struct {
	Cluster, Queue, App string
	Resources           batch.Resources
	TimeLimit           batch.Duration
}

// Held is one live session of the subject.
type Held struct {
	Cluster, Queue string
	Waiting        bool // no resources held yet
	Resources      batch.Resources
}

// Usage is all that the subject holds now.
type Usage []Held

// Rule is one limit. Zero numbers set no limit.
type Rule struct {
	Name    string `yaml:"name"`    // shown in refusals
	Cluster string `yaml:"cluster"` // "": every cluster
	Queue   string `yaml:"queue"`   // "": every queue
	User    string `yaml:"user"`    // "": every user
	Group   string `yaml:"group"`   // "": every group

	Deny         bool           `yaml:"deny"`           // may not be used at all
	MaxSessions  int            `yaml:"max_sessions"`   // at once
	MaxPending   int            `yaml:"max_pending"`    // waiting at once
	MaxGPUs      int            `yaml:"max_gpus"`       // per session
	MaxCPUs      int            `yaml:"max_cpus"`       // per session
	MaxMemory    batch.Bytes    `yaml:"max_memory"`     // per session
	MaxTime      batch.Duration `yaml:"max_time"`       // per session
	MaxTotalGPUs int            `yaml:"max_total_gpus"` // at once
	MaxTotalCPUs int            `yaml:"max_total_cpus"` // at once
}

// Set is the rules of a site.
type Set []Rule

// Denied names the rule that stopped a request. Have, Want and Max are in the
// unit of the field; Max is also what would be possible.
type Denied struct {
	Rule            string
	Field           string // as in a launch request, "" for the whole request
	What            string // "GPUs in all your sessions"
	Have, Want, Max string
}

func (d *Denied) Error() string {
	switch {
	case d.Max == "":
		return fmt.Sprintf("%s (limit %q)", d.What, d.Rule)
	case d.Have == "":
		return fmt.Sprintf("%s: %s asked, at most %s (limit %q)", d.What, d.Want, d.Max, d.Rule)
	}
	return fmt.Sprintf("%s: you have %s and ask for %s more, at most %s (limit %q)", d.What, d.Have, d.Want, d.Max, d.Rule)
}

// Admit returns nil, or the *Denied of a rule that the request would break.
func (set Set) Admit(who Subject, r Request, held Usage) error {
	for _, rule := range set {
		if !rule.matches(who, r) {
			continue
		}
		if d := rule.admit(r, held); d != nil {
			d.Rule = rule.title()
			return d
		}
	}
	return nil
}

func (r Rule) matches(who Subject, q Request) bool {
	return (r.Cluster == "" || r.Cluster == q.Cluster) &&
		(r.Queue == "" || r.Queue == q.Queue) &&
		(r.User == "" || r.User == who.User) &&
		(r.Group == "" || slices.Contains(who.Groups, r.Group))
}

func (r Rule) title() string {
	if r.Name != "" {
		return r.Name
	}
	return "site limit"
}

func (r Rule) admit(q Request, held Usage) *Denied {
	if r.Deny {
		return &Denied{Field: "queue", What: "you may not use " + q.Queue}
	}
	for _, c := range []struct {
		field, what string
		want, most  int
	}{
		{"gpus", "GPUs per session", q.Resources.GPUs, r.MaxGPUs},
		{"cpus", "CPUs per session", q.Resources.CPUs, r.MaxCPUs},
	} {
		if c.most > 0 && c.want > c.most {
			return &Denied{Field: c.field, What: c.what, Want: fmt.Sprint(c.want), Max: fmt.Sprint(c.most)}
		}
	}
	if r.MaxMemory > 0 && q.Resources.Memory > r.MaxMemory {
		return &Denied{Field: "memory", What: "memory per session", Want: q.Resources.Memory.String(), Max: r.MaxMemory.String()}
	}
	if r.MaxTime > 0 && q.TimeLimit > r.MaxTime {
		return &Denied{Field: "time_limit", What: "time per session", Want: q.TimeLimit.String(), Max: r.MaxTime.String()}
	}
	have := r.sum(held)
	for _, c := range []struct {
		field, what      string
		have, want, most int
	}{
		{"", "sessions at once", have.sessions, 1, r.MaxSessions},
		{"", "waiting sessions at once", have.waiting, 1, r.MaxPending},
		{"gpus", "GPUs in all your sessions", have.gpus, q.Resources.GPUs, r.MaxTotalGPUs},
		{"cpus", "CPUs in all your sessions", have.cpus, q.Resources.CPUs, r.MaxTotalCPUs},
	} {
		if c.most > 0 && c.want > 0 && c.have+c.want > c.most {
			return &Denied{Field: c.field, What: c.what, Have: fmt.Sprint(c.have), Want: fmt.Sprint(c.want), Max: fmt.Sprint(c.most)}
		}
	}
	return nil
}

type total struct{ sessions, waiting, gpus, cpus int }

// sum counts what the rule is about: only what is held in its cluster and queue.
func (r Rule) sum(held Usage) (t total) {
	for _, h := range held {
		if (r.Cluster != "" && r.Cluster != h.Cluster) || (r.Queue != "" && r.Queue != h.Queue) {
			continue
		}
		t.sessions++
		if h.Waiting {
			t.waiting++
		}
		t.gpus += h.Resources.GPUs
		t.cpus += h.Resources.CPUs
	}
	return t
}
