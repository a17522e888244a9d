package tunnel

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// serveControl takes a claim and, when the authority accepts it, turns the
// connection into the link's control WebSocket. Nothing is upgraded before.
func (r *Registry) serveControl(w http.ResponseWriter, req *http.Request) {
	claim, refused := readClaim(req)
	if refused != nil {
		refuse(w, refused)
		return
	}
	ctx, cancel := context.WithTimeout(req.Context(), r.opts.clocks.claim)
	manifest, err := r.opts.Authority.Claim(ctx, claim)
	cancel()
	if err != nil {
		refuse(w, r.refusal(claim, err))
		return
	}
	claim.Secret = ""
	secret := NewSecret()
	manifest.Session = claim.Session
	manifest.Link, manifest.LinkSecret = newID(), secret
	if refused := r.outdated(manifest); refused != nil {
		refuse(w, refused)
		return
	}
	ws, err := r.upgrader.Upgrade(w, req, http.Header{HeaderVersion: {strconv.Itoa(claim.Version)}})
	if err != nil {
		r.opts.Logger.Debug("agent went away during its claim", "claim", claim, "err", err)
		return
	}
	r.proved(ws.NetConn())
	p := newPeer(r, ws, claim, manifest)
	old, refused := r.join(p, manifest)
	if refused != nil {
		// Overtaken in the last moment. The agent hears why when it claims again.
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseTryAgainLater, ""), time.Now().Add(time.Second))
		_ = ws.Close()
		return
	}
	if old != nil && old.claim.Instance == claim.Instance {
		old.kill("the agent has connected anew")
	} else if old != nil {
		old.finish(typeSuperseded, "a newer agent runs this session")
		old.cut()
	}
	r.opts.Logger.Info("agent connected", "claim", claim, "link", p.id.Link, "remote", claim.Remote)
}

// refusal turns the authority's error into an answer. What it does not call
// final is only "not now", and its cause stays in our log.
func (r *Registry) refusal(claim Claim, err error) *Refused {
	var refused *Refused
	if errors.As(err, &refused) {
		r.opts.Logger.Info("claim refused", "claim", claim, "code", refused.Code, "reason", refused.Reason)
		return refused
	}
	r.opts.Logger.Warn("claim not decided", "claim", claim, "err", err)
	return &Refused{Code: CodeBusy, Reason: "the gateway cannot decide this now"}
}

// readClaim reads and checks everything that the request says about itself.
func readClaim(req *http.Request) (Claim, *Refused) {
	version, ok := negotiate(req.Header.Get(HeaderVersion), OldestVersion, Version)
	if !ok {
		return Claim{}, &Refused{
			Code: CodeVersion, Final: true,
			Reason: "this gateway speaks tunnel versions " + strconv.Itoa(OldestVersion) + " to " + strconv.Itoa(Version),
		}
	}
	claim, err := decodeClaim(req.Header.Get(HeaderClaim))
	secret, bearer := bearerOf(req)
	if err != nil || !bearer || req.Header.Get("Origin") != "" {
		return Claim{}, &Refused{Code: CodeRevoked, Final: true, Reason: errBadClaim.Error()}
	}
	claim.Version, claim.Secret, claim.Remote = version, secret, req.RemoteAddr
	return claim, nil
}

func bearerOf(req *http.Request) (Secret, bool) {
	s, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	return Secret(s), ok && s != "" && len(s) <= 512
}

// negotiate picks the highest version within [oldest, newest] from a list such
// as "2, 1".
func negotiate(offer string, oldest, newest int) (best int, ok bool) {
	if len(offer) > 100 {
		return 0, false
	}
	for part := range strings.SplitSeq(offer, ",") {
		v, err := strconv.Atoi(strings.TrimSpace(part))
		if err == nil && v >= oldest && v <= newest && v > best {
			best, ok = v, true
		}
	}
	return best, ok
}

// outdated refuses a claim that was overtaken while it was being decided.
func (r *Registry) outdated(m Manifest) *Refused {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.outdatedLocked(m)
}

func (r *Registry) outdatedLocked(m Manifest) *Refused {
	if r.closed {
		return &Refused{Code: CodeBusy, Reason: ErrClosed.Error()}
	}
	if s := r.sessions[m.Session]; s != nil && s.peer != nil && s.peer.id.Attempt > m.Attempt {
		return &Refused{Code: CodeSuperseded, Final: true, Reason: "a newer job runs this session"}
	}
	return nil
}

// join makes the peer the session's newest link, and returns the one before.
func (r *Registry) join(p *peer, m Manifest) (old *peer, refused *Refused) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if refused := r.outdatedLocked(m); refused != nil {
		return nil, refused
	}
	s := r.station(p.id.Session)
	old, s.peer = s.peer, p
	r.peers[p.id.Link] = p
	if old != nil {
		old.replaced = true
	}
	m.Reserve = min(r.opts.Reserve+len(s.waiters), r.opts.MaxReserve)
	p.target = m.Reserve
	p.lastTake = time.Now()
	p.send(typeManifest, m)
	p.deliver(0, Connected{Claim: p.claim, At: p.since})
	r.work.Go(p.read)
	close(s.joined)
	s.joined = make(chan struct{})
	return old, nil
}
