package tunnel

import (
	"errors"
	"fmt"
	"net/http"
)

// Codes of a refusal, and of the command that ends a running agent.
const (
	CodeRevoked    = "revoked"    // the session has ended or the secret is wrong
	CodeSuperseded = "superseded" // a newer agent runs the session
	CodeUnknown    = "unknown"    // there is no such session
	CodeVersion    = "version"    // no common protocol version
	CodeBusy       = "busy"       // not now; never final
)

// Refused is a gateway's answer to a claim that it does not accept.
type Refused struct {
	Code   string `json:"code"`
	Reason string `json:"reason"` // for people
	Final  bool   `json:"final"`  // trying again is of no use
}

func (r *Refused) Error() string { return fmt.Sprintf("refused (%s): %s", r.Code, r.Reason) }

// status is the HTTP status that carries the refusal: 4xx when it is final.
func (r *Refused) status() int {
	switch {
	case !r.Final:
		return http.StatusServiceUnavailable
	case r.Code == CodeUnknown:
		return http.StatusNotFound
	case r.Code == CodeSuperseded:
		return http.StatusConflict
	case r.Code == CodeVersion:
		return http.StatusUpgradeRequired
	default:
		return http.StatusForbidden
	}
}

// Errors of the registry.
var (
	// ErrClosed means that the registry is closing down.
	ErrClosed = errors.New("the tunnel is closing")
	// ErrNotConnected means that no agent of the session is connected, or that
	// it brought no connection in time.
	ErrNotConnected = errors.New("the session's agent is not connected")
)
