package cron

import "time"

// Outcome says what came of a run.
type Outcome string

// The outcomes.
const (
	Running Outcome = "running"
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	// Missed: it was due while no gateway led.
	Missed Outcome = "missed"
	// CutOff: its process ended, or was told to, in the midst of it.
	CutOff Outcome = "cut off"
)

// Outcomes lists every outcome.
func Outcomes() []Outcome { return []Outcome{Running, OK, Failed, Missed, CutOff} }

// Run is one run of a job.
type Run struct {
	ID       int64 // rising; 0: it is not kept
	Job      string
	Replica  string    // the gateway, or "command line" and a host
	Due      time.Time // when it should have begun
	Started  time.Time
	Finished time.Time // zero: it is under way
	Outcome  Outcome
	Detail   string // what came of it, in words
	AskedBy  string // who asked for it out of turn; "": the schedule
}

// Took is how long the run lasted; 0 if it is under way.
func (r Run) Took() time.Duration {
	if r.Finished.IsZero() {
		return 0
	}
	return r.Finished.Sub(r.Started)
}

// Standing is what is known of a job: its latest run, and the next. A Run
// without a Job is none.
type Standing struct {
	Now      Run       // under way
	Last     Run       // the latest that has ended
	SpecThen string    // the job's spec at that time
	LastOK   time.Time // when a run last ended well; zero: never
	Failures int       // runs since that did not end well
	Next     time.Time // when it is due; zero: never
}

// Listed is a job with its standing, for those who look at it.
type Listed struct {
	Job
	Standing
}
