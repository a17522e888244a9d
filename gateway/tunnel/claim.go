package tunnel

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
)

// App states that an agent reports with its claim, so that a gateway that has
// just started knows where the app stands.
const (
	AppNone     = ""         // not started; waits for the manifest
	AppStarting = "starting" // started, does not answer yet
	AppReady    = "ready"
	AppExited   = "exited" // the Exited event will follow
)

// Claim is an agent's request to be the one that runs a session. It is sent
// anew with every control connection.
type Claim struct {
	Version  int    `json:"version"` // agreed by the gateway from HeaderVersion; not read from the claim
	Session  string `json:"session"`
	Attempt  int    `json:"attempt"`  // as the job's script says; see Manifest.Attempt
	JobID    string `json:"job_id"`   // as the scheduler calls the job
	Restarts int    `json:"restarts"` // times the scheduler has requeued it
	// Uncounted says that the agent cannot know Restarts, and that the authority
	// is to find out.
	Uncounted    bool   `json:"uncounted,omitempty"`
	Secret       Secret `json:"-"`        // travels in Authorization
	Instance     string `json:"instance"` // random, one per agent process: tells a reconnect from a rival
	App          string `json:"app,omitempty"`
	Host         string `json:"host"`
	PID          int    `json:"pid"`
	AgentVersion string `json:"agent_version"`
	// Remote is the address that the claim came from, filled in by the gateway.
	Remote string `json:"-"`
}

// LogValue leaves the secret out.
func (c Claim) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("session", c.Session), slog.Int("attempt", c.Attempt),
		slog.String("job", c.JobID), slog.Int("restarts", c.Restarts),
		slog.String("host", c.Host), slog.Int("pid", c.PID),
		slog.String("agent", c.AgentVersion), slog.String("app", c.App),
	)
}

// encode writes the claim for HeaderClaim, without its secret.
func (c Claim) encode() (string, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

var errBadClaim = errors.New("malformed claim")

// decodeClaim reads HeaderClaim. The secret is not part of it.
func decodeClaim(header string) (Claim, error) {
	if header == "" || len(header) > MaxHeader {
		return Claim{}, errBadClaim
	}
	b, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		return Claim{}, errBadClaim
	}
	var c Claim
	if err := json.Unmarshal(b, &c); err != nil {
		return Claim{}, errBadClaim
	}
	ok := validID(c.Session) && c.Attempt >= 1 && c.Restarts >= 0 && validID(c.Instance) &&
		validText(c.JobID, 256) && validText(c.Host, 256) && validText(c.AgentVersion, 256) && validApp(c.App)
	if !ok {
		return Claim{}, errBadClaim
	}
	return c, nil
}

func validApp(s string) bool {
	switch s {
	case AppNone, AppStarting, AppReady, AppExited:
		return true
	}
	return false
}
