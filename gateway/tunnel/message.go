package tunnel

import (
	"encoding/json"
	"errors"
	"fmt"
)

// message is the envelope of everything on a control connection. Unknown types
// are passed over, so that either side can learn new ones first.
type message struct {
	Type string          `json:"type"`
	Seq  uint64          `json:"seq,omitempty"` // of an event; an ack repeats it
	Body json.RawMessage `json:"body,omitempty"`
}

// Types of messages.
const (
	// agent to gateway
	typeReady  = "ready"
	typeLog    = "log"
	typeUsage  = "usage"
	typeExited = "exited"
	// gateway to agent
	typeManifest   = "manifest"
	typeAck        = "ack"
	typeReserve    = "reserve"
	typeStop       = "stop"
	typeSuperseded = CodeSuperseded
	typeRevoked    = CodeRevoked
	typeDrain      = "drain"
	typeGateways   = "gateways"
)

// reserve tells the agent how many data connections to keep parked.
type reserve struct {
	Count int `json:"count"`
}

// notice goes with stop, superseded, revoked and drain.
type notice struct {
	Reason string `json:"reason"` // for people
}

// gateways replaces the list of gateways and pins.
type gateways struct {
	Gateways     []string `json:"gateways"`
	Fingerprints []string `json:"fingerprints"`
}

var errBadMessage = errors.New("malformed message")

// encode writes a message with the body.
func encode(kind string, seq uint64, body any) ([]byte, error) {
	m := message{Type: kind, Seq: seq}
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", kind, err)
		}
		m.Body = b
	}
	return json.Marshal(m)
}

// body reads m.Body into v. The error does not quote the body, which may hold
// secrets.
func (m message) body(v any) error {
	if len(m.Body) == 0 || json.Unmarshal(m.Body, v) != nil {
		return fmt.Errorf("%w: %.20q", errBadMessage, m.Type)
	}
	return nil
}

func decode(data []byte) (message, error) {
	var m message
	if err := json.Unmarshal(data, &m); err != nil || m.Type == "" {
		return message{}, errBadMessage
	}
	return m, nil
}
