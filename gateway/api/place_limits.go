package api

import (
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
)

// LimitList is what somebody may ask for now, in every queue.
type LimitList struct {
	User   string        `json:"user"`
	Groups []string      `json:"groups"`
	Places []PlaceLimits `json:"places"`
}

// PlaceLimits is everything that limits somebody in one queue.
type PlaceLimits struct {
	Cluster string    `json:"cluster"`
	Queue   string    `json:"queue"`
	At      time.Time `json:"at"` // when it was counted
	// Closed is the refusal that every request would meet; null: there is none.
	Closed      *Limit         `json:"closed"`
	Maintenance []Maintenance  `json:"maintenance"` // now or to come, the earliest first
	Limits      []CurrentLimit `json:"limits"`
}

// Maintenance is a span in which nothing runs.
type Maintenance struct {
	ID    string    `json:"id"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Text  string    `json:"text"`
	SetBy string    `json:"set_by"`
	// LongestSeconds is the longest time limit that can start now; 0: none.
	LongestSeconds int64 `json:"longest_seconds"`
}

// CurrentLimit is one limit as it holds now. Numbers are in Unit.
type CurrentLimit struct {
	Limit    string     `json:"limit"` // "gpus", "session.time", ...
	What     string     `json:"what"`
	Unit     string     `json:"unit"`
	GPUType  *string    `json:"gpu_type"` // null: every type
	Have     *int64     `json:"have"`     // null: not a limit of what is held
	Max      *int64     `json:"max"`      // null: a list of apps
	Left     *int64     `json:"left"`
	Apps     []string   `json:"apps"`     // of the limit apps; else empty
	For      *string    `json:"for"`      // null: the scheduler's own
	Together bool       `json:"together"` // Have is what all of them hold
	Rule     *string    `json:"rule"`
	SetBy    *string    `json:"set_by"`
	Note     *string    `json:"note"`
	Source   string     `json:"source"`
	Until    *time.Time `json:"until"` // when the period ends
}

// LimitsOf turns explanations into what the API answers.
func LimitsOf(who limit.Subject, places []limit.Explanation) LimitList {
	out := LimitList{User: who.User, Groups: append([]string{}, who.Groups...), Places: []PlaceLimits{}}
	for _, x := range places {
		p := PlaceLimits{
			Cluster: x.Cluster, Queue: x.Queue, At: x.At.UTC(), Maintenance: []Maintenance{}, Limits: []CurrentLimit{},
		}
		if d := x.Closed(); d != nil {
			p.Closed = limitOf(d)
		}
		for _, w := range x.Maintenance {
			p.Maintenance = append(p.Maintenance, Maintenance{
				ID: w.ID, From: w.From.UTC(), Until: w.Until.UTC(), Text: w.Text, SetBy: w.SetBy,
				LongestSeconds: int64(w.Longest(x.At).Std().Seconds()),
			})
		}
		for _, e := range x.Limits {
			p.Limits = append(p.Limits, currentLimit(e))
		}
		out.Places = append(out.Places, p)
	}
	return out
}

// orNull is null for what does not apply.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func currentLimit(e limit.Effective) CurrentLimit {
	l := CurrentLimit{
		Limit: e.Field.Name, What: e.Field.Words, Unit: string(e.Field.Unit), GPUType: orNull(e.GPUType), Together: e.Together,
		Rule: orNull(e.Rule), SetBy: orNull(e.SetBy), Note: orNull(e.Note), Source: e.Source,
	}
	if e.Who != (limit.Who{}) {
		l.For = orNull(e.Who.String())
	}
	l.Apps = append([]string{}, e.Apps...)
	if e.Field.Unit != limit.List {
		l.Max = &e.Max
	}
	if e.Field.Counted() {
		left := e.Left()
		l.Have, l.Left = &e.Have, &left
	}
	if !e.Until.IsZero() {
		until := e.Until.UTC()
		l.Until = &until
	}
	return l
}
