package hint

import "fmt"

// Rule is one entry of a table.
type Rule struct {
	// Name tells rules about one cause from others; see the package.
	Name string `yaml:"name"`
	// Match is when the rule fits: all that is set has to.
	Match Match `yaml:"match"`
	// Text is what is said, with values in braces: see Values. "": nothing, and
	// no other rule of that name is tried.
	Text string `yaml:"text"`
	// Change is what to ask for instead, by field of the form: a value, or "x2"
	// for so many times what was asked for (gpus, cpus, memory, time_limit).
	Change map[string]string `yaml:"change"`
}

// Match says which ends a rule is about. What is left out fits every end; of a
// list, one entry has to fit.
type Match struct {
	Reason   []string `yaml:"reason"` // as in session.EndReasons
	ExitCode []int    `yaml:"exit_code"`
	Signal   []int    `yaml:"signal"`
	App      []string `yaml:"app"`
	Queue    []string `yaml:"queue"`
	// Log is a regular expression (RE2) that one of the log's last lines has to
	// contain. Its first group, or else all that it found, is {found}.
	Log string `yaml:"log"`
}

// Bounds of a rule and of what it looks at.
const (
	mostPattern = 300
	mostText    = 500
	mostFound   = 80
	mostLines   = 200
	mostLine    = 2000 // bytes of one line
	// MostRules is how many a table may have beside the built-in ones.
	MostRules = 200
)

// Fault is what is wrong with a rule.
type Fault struct {
	Rule    int    // index in the list
	Key     string // within the rule: "match.log"
	Message string
	Err     error // the cause: *Unknown; or nil
}

func (e *Fault) Error() string { return e.Key + ": " + e.Message }

func (e *Fault) Unwrap() error { return e.Err }

// Unknown is a word that is none of those known here.
type Unknown struct {
	What, Word string
	Known      []string
}

func (e *Unknown) Error() string { return fmt.Sprintf("there is no %s %q", e.What, e.Word) }
