package session

import (
	"crypto/rand"
	"regexp"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// ID names a session for ever: 16 characters of [a-z2-7].
type ID string

var idPattern = regexp.MustCompile(`^[a-z2-7]{16}$`)

// NewID makes a random ID (80 bits).
func NewID() ID { return ID(strings.ToLower(rand.Text()[:16])) }

// Valid reports whether the text can be an ID at all.
func (id ID) Valid() bool { return idPattern.MatchString(string(id)) }

// Session is one notebook that a researcher asked for: one row, one launch.
// Zero times mean "not yet" or "never".
type Session struct {
	ID    ID
	Owner string
	// OwnerGroups are the groups that the owner was in at the launch.
	OwnerGroups []string

	Name    string // unique among the owner's live sessions; part of the path
	App     string // id in the site's catalogue
	Cluster string
	Queue   string
	Account string // "": the owner's default
	QOS     string // "": the default

	Resources batch.Resources
	TimeLimit batch.Duration

	State   State
	Attempt int // which start of the job this is; a requeue adds one
	// Version is raised by every change; a change names the version it read.
	Version int64

	// The job, as last seen.
	JobID          batch.JobID
	JobState       batch.State
	JobNative      string
	JobReason      string // why it waits, in the scheduler's words
	Node           string // where the notebook runs
	EstimatedStart time.Time
	MissingSince   time.Time // not reported since; zero: reported
	MissingPolls   int
	// HeldUntil is when a maintenance ends for which we hold the waiting job at
	// the scheduler; zero: we do not.
	HeldUntil time.Time

	// The agent's link. Both zero: no agent has claimed yet.
	AgentSince time.Time // connected since; zero: not connected
	AgentLost  time.Time // not connected since; zero: connected or never was

	// ClaimHash is the SHA-256 of the secret that the job's script carries.
	ClaimHash []byte

	CreatedAt time.Time
	QueuedAt  time.Time
	StartedAt time.Time // the job began to run (this attempt)
	ReadyAt   time.Time // the app first answered (this attempt)
	EndedAt   time.Time

	// The end. StopReason is set when somebody asked for the end and becomes
	// the reason of an end that follows.
	StopReason EndReason
	StoppedBy  string
	Reason     EndReason // "" while the session lives
	Detail     string    // the reason in words, with what is known
	ExitCode   *int
	Signal     int
}

// BasePath is where the session's app is served, with a slash at both ends.
func (s Session) BasePath() string { return BasePath(s.Owner, s.Name) }

// BasePath is where a session of that owner and name is served.
func BasePath(owner, name string) string { return "/user/" + owner + "/" + name + "/" }

// Live reports whether the session has not ended.
func (s Session) Live() bool { return s.State != Ended }

// Deadline is when the scheduler will end the job; zero when it is not known.
func (s Session) Deadline() time.Time {
	if s.StartedAt.IsZero() || s.TimeLimit == 0 {
		return time.Time{}
	}
	return s.StartedAt.Add(s.TimeLimit.Std())
}
