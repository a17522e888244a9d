package tunnel

import "time"

// Event is something that an agent reports, or that the registry notices about
// its link: Connected, Ready, Log, Usage, Exited or Disconnected.
type Event interface{ event() }

// Connected is the first event of every link.
type Connected struct {
	Claim Claim // its Secret is empty
	At    time.Time
}

// Disconnected is the last event of every link. Replaced is set when a newer
// link of the same session has taken over, so that nothing was lost.
type Disconnected struct {
	At       time.Time
	Reason   string
	Replaced bool
}

// Ready says that the app answers. It is sent again after a reconnect.
type Ready struct {
	At    time.Time     `json:"at"`
	After time.Duration `json:"after_ns"` // since the app was started
}

// Log is a batch of the app's output. Seq grows by batches within one agent
// process (Claim.Instance); a batch may arrive twice after a reconnect, with the
// same Seq.
type Log struct {
	Seq     uint64    `json:"-"`
	Lines   []LogLine `json:"lines"`
	Dropped int       `json:"dropped,omitempty"` // lines lost just before these, because nobody took them in time
}

// LogLine is one line without its end.
type LogLine struct {
	Stream string    `json:"stream"` // "stdout", "stderr" or "agent"
	Text   string    `json:"text"`   // valid UTF-8, may hold control characters
	Time   time.Time `json:"time"`
}

// Usage is a sample of what the job uses.
type Usage struct {
	At        time.Time  `json:"at"`
	CPU       float64    `json:"cpu_seconds"`            // used since the start, by the app and its children
	Memory    int64      `json:"memory_bytes"`           // in use now
	MemoryTop int64      `json:"memory_top,omitempty"`   // most that was seen in use since the start
	MemoryMax int64      `json:"memory_max,omitempty"`   // the job's limit; 0: none known
	Processes int        `json:"processes,omitempty"`    // 0: not known
	Source    string     `json:"source"`                 // "cgroup2", "cgroup1" or "proc"
	GPUs      []GPUUsage `json:"gpus,omitempty"`         // the job's own devices only
	Open      int        `json:"open_streams,omitempty"` // data connections in use at this agent
	App       *AppUsage  `json:"app,omitempty"`          // what the app says of itself; nil: nothing
}

// AppUsage is what an app says of itself where Manifest.Activity asks it.
type AppUsage struct {
	Kernels   int       `json:"kernels"`          // that there are
	Busy      int       `json:"busy"`             // of them, those that compute now
	Terminals int       `json:"terminals"`        // that there are
	LastAt    time.Time `json:"last_at,omitzero"` // latest activity of one of either, by the node's clock
}

// GPUUsage is one device.
type GPUUsage struct {
	Index       string  `json:"index"` // as nvidia-smi counts
	UUID        string  `json:"uuid"`
	Name        string  `json:"name"`
	Utilization float64 `json:"utilization"` // percent; -1: not known
	MemoryUsed  int64   `json:"memory_used_bytes"`
	MemoryTotal int64   `json:"memory_total_bytes"`
}

// Exited says that the app is gone; the agent ends after it. Exactly one of the
// following holds: the app ended with Code, it was killed by Signal, or it
// never ran (Error).
type Exited struct {
	At     time.Time `json:"at"`
	Code   int       `json:"code"`
	Signal int       `json:"signal,omitempty"`
	Error  string    `json:"error,omitempty"`
	// Cause says why, when it was not the app's own doing: CauseStopped,
	// CauseSignal, CauseDeadline or CauseNotReady.
	Cause string `json:"cause,omitempty"`
}

// Causes of an app's end that are not its own.
const (
	CauseStopped  = "stopped"   // the gateway said stop
	CauseSignal   = "signal"    // the agent got SIGTERM: walltime, scancel, preemption
	CauseDeadline = "deadline"  // Manifest.Deadline has come
	CauseNotReady = "not_ready" // Ready.Timeout ran out
)

func (Connected) event()    {}
func (Disconnected) event() {}
func (Ready) event()        {}
func (Log) event()          {}
func (Usage) event()        {}
func (Exited) event()       {}
