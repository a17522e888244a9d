package tunnel

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Hello is the one line of JSON that a job's script hands to "berth agent" on
// standard input: where the gateway is, how to know it, and the secret that
// proves the claim.
type Hello struct {
	Gateways     []string      `json:"gateways"`     // https://host:port of the agent listeners
	Fingerprints []string      `json:"fingerprints"` // SHA-256 of their certificates, hex; any of them will do
	Session      string        `json:"session"`
	Attempt      int           `json:"attempt"`
	Secret       Secret        `json:"secret"`
	ClaimTimeout time.Duration `json:"claim_timeout_ns,omitempty"` // 0: the agent's default of 5 minutes
}

// LogValue leaves the secret out.
func (h Hello) LogValue() slog.Value {
	return slog.GroupValue(slog.String("session", h.Session), slog.Int("attempt", h.Attempt), slog.Any("gateways", h.Gateways))
}

// Line is the hello as one line of JSON with its newline. It holds a secret:
// it belongs into a job script's standard input and nowhere else.
func (h Hello) Line() ([]byte, error) {
	if err := h.validate(); err != nil {
		return nil, err
	}
	b, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("hello: %w", err)
	}
	if len(b)+1 > MaxHello {
		return nil, errors.New("hello: too long")
	}
	return append(b, '\n'), nil
}

// ReadHello reads one line of at most MaxHello bytes and checks it. It reads
// no further than its buffer, and nothing after the line is looked at.
func ReadHello(r io.Reader) (Hello, error) {
	line, err := bufio.NewReader(io.LimitReader(r, MaxHello)).ReadBytes('\n')
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return Hello{}, fmt.Errorf("hello: nothing readable on standard input: %w", err)
	}
	var h Hello
	if err := json.Unmarshal(line, &h); err != nil {
		return Hello{}, errors.New("hello: not a line of JSON") // the cause may quote the secret
	}
	return h, h.validate()
}

func (h Hello) validate() error {
	switch {
	case !validID(h.Session):
		return errors.New("hello: the session id is missing or malformed")
	case h.Attempt < 1:
		return errors.New("hello: attempt must be at least 1")
	case h.Secret == "" || len(h.Secret) > 512:
		return errors.New("hello: the secret is missing or too long")
	case h.ClaimTimeout < 0:
		return errors.New("hello: negative claim timeout")
	}
	return validGateways(h.Gateways, h.Fingerprints)
}
