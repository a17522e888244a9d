package main

import (
	"time"

	"github.com/berth-hpc/berth/gateway/cron"
)

// cronJobJSON is a recurring job as "berth cron list --json" prints it.
type cronJobJSON struct {
	Job        string       `json:"job"`
	About      string       `json:"about"`
	Schedule   string       `json:"schedule"`
	Everywhere bool         `json:"every_gateway"`
	Next       *time.Time   `json:"next,omitempty"`
	LastOK     *time.Time   `json:"last_ok,omitempty"`
	Failures   int          `json:"failures"` // since then
	Now        *cronRunJSON `json:"running,omitempty"`
	Last       *cronRunJSON `json:"latest,omitempty"`
}

// cronRunJSON is one run.
type cronRunJSON struct {
	ID       int64        `json:"id,omitempty"`
	Job      string       `json:"job"`
	Replica  string       `json:"replica"`
	Due      time.Time    `json:"due"`
	Started  time.Time    `json:"started"`
	Finished *time.Time   `json:"finished,omitempty"`
	Seconds  float64      `json:"seconds"`
	Outcome  cron.Outcome `json:"outcome"`
	Detail   string       `json:"detail"`
	AskedBy  string       `json:"asked_by,omitempty"`
}

func cronListed(list []cron.Listed) []cronJobJSON {
	out := make([]cronJobJSON, len(list))
	for i, l := range list {
		out[i] = cronJobJSON{
			Job: l.Name, About: l.About, Schedule: l.Spec, Everywhere: l.Everywhere,
			Next: known(l.Next), LastOK: known(l.LastOK), Failures: l.Failures,
		}
		if l.Last.Job != "" {
			last := cronRun(l.Last)
			out[i].Last = &last
		}
		if l.Now.Job != "" {
			now := cronRun(l.Now)
			out[i].Now = &now
		}
	}
	return out
}

func cronRuns(runs []cron.Run) []cronRunJSON {
	out := make([]cronRunJSON, len(runs))
	for i, r := range runs {
		out[i] = cronRun(r)
	}
	return out
}

func cronRun(r cron.Run) cronRunJSON {
	return cronRunJSON{
		ID: r.ID, Job: r.Job, Replica: r.Replica, Due: r.Due.UTC(), Started: r.Started.UTC(), Finished: known(r.Finished),
		Seconds: r.Took().Seconds(), Outcome: r.Outcome, Detail: r.Detail, AskedBy: r.AskedBy,
	}
}

// known is a time as JSON has it: none where it is zero.
func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}
