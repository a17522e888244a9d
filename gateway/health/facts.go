package health

import "time"

// Facts are what is known of an installation at a moment. What is nil, empty or
// zero was not looked at.
type Facts struct {
	Now time.Time

	Database error  // why it does not answer; nil: it does
	Schema   Schema // zero: not looked at
	Secure   *bool  // whether people come by https

	Clusters []Cluster
	Replicas []Replica
	Led      *bool         // whether some gateway leads
	Skew     time.Duration // our clock less the database's

	// Compared is when sessions were last compared with the schedulers, and
	// CompareEvery how often they should be.
	Compared     time.Time
	CompareEvery time.Duration

	Jobs         []Job
	Orphans      int // jobs with our tag that no session has on record
	Missing      int // live sessions whose job is not reported
	Disconnected int // ready sessions without an agent for minutes

	Certificates []Certificate
	Disk         Disk
}

// Schema is the version of the database's tables.
type Schema struct{ Current, Needed int }

// Cluster is what is known of one scheduler.
type Cluster struct {
	Name      string
	Answered  time.Time // last; zero: never
	DownSince time.Time // zero: it answers
	Every     time.Duration
	Err       string // the last failure
}

// Replica is one gateway.
type Replica struct {
	Name      string
	Here      bool // it is the one that asks
	Started   time.Time
	Heartbeat time.Time // by the database's clock
}

// Job is a piece of recurring work.
type Job struct {
	Name     string
	Failures int // runs in a row that did not end well
	Detail   string
	LastOK   time.Time
	Due      time.Time // when it should run next; zero: never
	Running  bool
}

// Certificate is one that others check.
type Certificate struct {
	What string
	Ends time.Time
}

// Disk is the file system of state_dir, in bytes.
type Disk struct {
	Path        string
	Free, Total uint64
}
