package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/gateway/usage"
)

// Agents joins the tunnel to the sessions: it decides claims for the registry
// and carries the agents' reports to the lifecycle. It is a tunnel.Authority
// and a session.Agents.
type Agents struct {
	key  []byte
	poke func()
	log  *slog.Logger

	mu           sync.RWMutex
	sessions     *session.Lifecycle
	registry     *tunnel.Registry
	use          *usage.Recorder
	gateways     []string // every replica's agent listener; none: only this one
	fingerprints []string
}

// NewAgents makes the glue. New gives it both of its sides.
func NewAgents(key []byte, poke func(), log *slog.Logger) *Agents {
	return &Agents{key: key, poke: poke, log: log}
}

// bind gives it both sides, which each need it to be made, and who notes what
// sessions use.
func (a *Agents) bind(sessions *session.Lifecycle, registry *tunnel.Registry, use *usage.Recorder) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions, a.registry, a.use = sessions, registry, use
}

func (a *Agents) sides() (*session.Lifecycle, *tunnel.Registry) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.sessions, a.registry
}

// Stop implements session.Agents.
func (a *Agents) Stop(id session.ID, reason string) bool {
	_, registry := a.sides()
	return registry != nil && registry.Stop(string(id), reason)
}

// Claim implements tunnel.Authority.
func (a *Agents) Claim(ctx context.Context, c tunnel.Claim) (tunnel.Manifest, error) {
	sessions, registry := a.sides()
	s, app, err := sessions.Claim(ctx, session.Claim{
		Session: session.ID(c.Session), Attempt: c.Attempt, JobID: batch.JobID(c.JobID),
		Restarts: c.Restarts, Uncounted: c.Uncounted, Secret: string(c.Secret), Host: c.Host,
	})
	switch {
	case errors.Is(err, session.ErrRevoked):
		return tunnel.Manifest{}, &tunnel.Refused{Code: tunnel.CodeRevoked, Reason: "the session is over or the claim is not its own", Final: true}
	case errors.Is(err, session.ErrSuperseded):
		return tunnel.Manifest{}, &tunnel.Refused{Code: tunnel.CodeSuperseded, Reason: "a newer start of the job runs the session", Final: true}
	case errors.Is(err, session.ErrNotFound):
		return tunnel.Manifest{}, &tunnel.Refused{Code: tunnel.CodeUnknown, Reason: "there is no such session", Final: true}
	case err != nil:
		return tunnel.Manifest{}, fmt.Errorf("claim: %w", err)
	}
	registry.Supersede(c.Session, s.Attempt)
	return a.manifest(s, app), nil
}

func (a *Agents) manifest(s session.Session, app session.App) tunnel.Manifest {
	a.mu.RLock()
	gateways, fingerprints := a.gateways, a.fingerprints
	a.mu.RUnlock()
	m := tunnel.Manifest{
		Gateways: gateways, Fingerprints: fingerprints,
		Session: string(s.ID), Attempt: s.Attempt, Owner: s.Owner, BasePath: s.BasePath(),
		Token: tunnel.Secret(a.appToken(s)), Command: app.Argv(app.Command), Env: maps.Clone(app.Env), Files: maps.Clone(app.Files),
		Listen: app.Listen, StopGrace: app.StopGrace.Std(),
		Ready: tunnel.ReadyCheck{Path: readyPath(s, app), Timeout: app.StartTimeout.Std()},
	}
	m.Activity = activityCheck(s, app)
	if app.TokenHeader != "" {
		m.Ready.Headers = map[string]string{"Authorization": app.TokenHeader}
	}
	return m
}

func readyPath(s session.Session, app session.App) string {
	if app.StripPrefix {
		return "/" + strings.TrimPrefix(app.ReadyPath, "/")
	}
	return s.BasePath() + strings.TrimPrefix(app.ReadyPath, "/")
}

// appToken is what this attempt's app runs with. It is never stored: only a
// gateway of this installation can make it again.
func (a *Agents) appToken(s session.Session) string {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte("app token\x00" + string(s.ID) + "\x00" + strconv.Itoa(s.Attempt)))
	return hex.EncodeToString(mac.Sum(nil))
}

// Event implements tunnel.Authority.
func (a *Agents) Event(ctx context.Context, link tunnel.LinkID, event tunnel.Event) error {
	sessions, _ := a.sides()
	id := session.ID(link.Session)
	var err error
	switch e := event.(type) {
	case tunnel.Connected:
		err = sessions.AgentConnected(ctx, id, link.Attempt)
	case tunnel.Disconnected:
		if e.Replaced {
			return nil
		}
		a.use.Gone(id, link.Attempt)
		err = sessions.AgentGone(ctx, id, link.Attempt)
		a.poke()
	case tunnel.Ready:
		err = sessions.AppReady(ctx, id, link.Attempt)
	case tunnel.Log:
		err = sessions.Logs.Append(ctx, id, logLines(e))
	case tunnel.Usage:
		a.use.Take(id, link.Attempt, sampleOf(e))
	case tunnel.Exited:
		a.use.Finish(ctx, id)
		err = sessions.AppExited(ctx, id, link.Attempt, session.Exit{
			Code: e.Code, Signal: e.Signal, Error: e.Error,
			Unready:    e.Cause == tunnel.CauseNotReady,
			Terminated: e.Cause == tunnel.CauseSignal || e.Cause == tunnel.CauseDeadline,
		})
		a.poke()
	}
	if errors.Is(err, session.ErrNotFound) {
		return nil // the row was purged; there is nobody left to tell
	}
	return err
}

func logLines(e tunnel.Log) []session.LogLine {
	lines := make([]session.LogLine, 0, len(e.Lines)+1)
	if e.Dropped > 0 {
		at := time.Now()
		if len(e.Lines) > 0 {
			at = e.Lines[0].Time
		}
		lines = append(lines, session.LogLine{At: at, Stream: "job", Text: fmt.Sprintf("... %d lines were printed too fast and left out", e.Dropped)})
	}
	for _, l := range e.Lines {
		stream := l.Stream
		if stream != "stdout" && stream != "stderr" {
			stream = "job" // the agent's own words
		}
		lines = append(lines, session.LogLine{At: l.Time, Stream: stream, Text: l.Text})
	}
	return lines
}
