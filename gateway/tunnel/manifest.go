package tunnel

import (
	"log/slog"
	"time"
)

// Where an app listens.
const (
	ListenUnix = "unix" // ${SOCKET}, a socket in the session's private directory
	ListenPort = "port" // ${PORT}, on 127.0.0.1
)

// Manifest answers an accepted claim: what to run and how.
//
// In Command, Env and Files the names ${DIR}, ${SOCKET}, ${PORT}, ${BASE_PATH},
// ${USER}, ${HOME} and ${BERTH}, the agent's own program, stand for the agent's values, and ${TOKEN} in Files alone:
// an app's arguments are public on its node and its environment is inherited by
// everything it starts. Every other text stays as it is.
type Manifest struct {
	Session  string `json:"session"`
	Attempt  int    `json:"attempt"` // the authority's count: a requeue makes it one more than the claim's
	Owner    string `json:"owner"`
	BasePath string `json:"base_path"` // "/user/alice/lab/"; "/" on a host of its own
	Token    Secret `json:"token,omitempty"`

	Command []string          `json:"command"`
	Env     map[string]string `json:"env,omitempty"`   // on top of the job's environment
	Files   map[string]string `json:"files,omitempty"` // path inside ${DIR} -> content, mode 0600
	Dir     string            `json:"dir,omitempty"`   // working directory; "": the home directory
	Listen  string            `json:"listen"`          // ListenUnix or ListenPort

	Ready     ReadyCheck    `json:"ready"`
	Activity  ActivityCheck `json:"activity,omitzero"`
	StopGrace time.Duration `json:"stop_grace_ns,omitempty"` // between SIGTERM and SIGKILL; 0: 10 s
	Deadline  time.Time     `json:"deadline,omitzero"`       // the agent stops the app then; zero: never

	Gateways     []string `json:"gateways,omitempty"` // every replica's agent listener; empty: the hello's
	Fingerprints []string `json:"fingerprints,omitempty"`

	// Link and LinkSecret name and prove the data connections of this control
	// connection. The Registry fills them in.
	Link       string `json:"link"`
	LinkSecret Secret `json:"link_secret"`
	Reserve    int    `json:"reserve"` // data connections to keep parked, to begin with
}

// ReadyCheck says when an app is ready: a GET of Path answered with any status
// below 500.
type ReadyCheck struct {
	Path    string            `json:"path"`                 // "" for BasePath
	Timeout time.Duration     `json:"timeout_ns,omitempty"` // 0: no limit; the app is stopped when it runs out
	Headers map[string]string `json:"headers,omitempty"`    // ${TOKEN} is allowed here
}

// Ways in which an app says whether it is busy.
const ActivityJupyter = "jupyter" // GET api/kernels and api/terminals below Path, as Jupyter Server answers them

// ActivityCheck says how to ask the app whether it is busy. The zero value: it
// is not asked. An agent does not ask in a way that it does not know.
type ActivityCheck struct {
	Format  string            `json:"format,omitempty"`  // ActivityJupyter
	Path    string            `json:"path,omitempty"`    // with a slash at both ends; "" for BasePath
	Headers map[string]string `json:"headers,omitempty"` // ${TOKEN} is allowed here
}

// LogValue leaves secrets and contents out.
func (m Manifest) LogValue() slog.Value {
	name := ""
	if len(m.Command) > 0 {
		name = m.Command[0]
	}
	return slog.GroupValue(
		slog.String("session", m.Session), slog.Int("attempt", m.Attempt), slog.String("owner", m.Owner),
		slog.String("program", name), slog.String("listen", m.Listen), slog.String("link", m.Link),
	)
}
