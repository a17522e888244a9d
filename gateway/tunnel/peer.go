package tunnel

import (
	"crypto/sha256"
	"errors"
	"maps"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// peer is the gateway's side of one link. While idle it is one goroutine, which
// reads; writing and handing events on run only while there is something to do.
type peer struct {
	r      *Registry
	id     LinkID
	claim  Claim // without its secret
	secret [sha256.Size]byte
	ws     *websocket.Conn
	since  time.Time

	heard     atomic.Int64 // unix nanoseconds
	finishing atomic.Bool  // told to go; what it still says is heard for a moment
	reason    atomic.Pointer[string]
	out       outbound
	in        inbound
	gone      chan struct{} // closed when the link is over

	// guarded by r.mu
	parked   []*parked // newest last
	taken    map[*Conn]struct{}
	target   int       // how many the agent is to keep parked
	low      int       // fewest parked since the last look
	lastTake time.Time // of the last dial
	lastLook time.Time
	lastPing time.Time
	replaced bool
}

func newPeer(r *Registry, ws *websocket.Conn, claim Claim, m Manifest) *peer {
	now := time.Now()
	p := &peer{
		r: r, ws: ws, claim: claim, since: now,
		id:     LinkID{Session: m.Session, Attempt: m.Attempt, Link: m.Link},
		secret: m.LinkSecret.Hash(),
		gone:   make(chan struct{}), lastLook: now, lastPing: now,
	}
	p.heard.Store(now.UnixNano())
	return p
}

// info describes the link. The caller holds r.mu.
func (p *peer) info() LinkInfo {
	return LinkInfo{
		LinkID: p.id, Claim: p.claim, Since: p.since, LastHeard: time.Unix(0, p.heard.Load()),
		Parked: len(p.parked), Open: len(p.taken),
	}
}

// read is the link's life: it ends when the link does.
func (p *peer) read() {
	p.ws.SetReadLimit(MaxMessage)
	p.ws.SetPingHandler(func(data string) error {
		p.hear()
		p.out.push(p, frame{kind: websocket.PongMessage, data: []byte(data)})
		return nil
	})
	p.ws.SetPongHandler(func(string) error { p.hear(); return nil })
	var err error
	for p.hear(); err == nil; {
		var data []byte
		if _, data, err = p.ws.ReadMessage(); err != nil {
			break
		}
		p.hear()
		err = p.receive(data)
	}
	p.leave(err)
}

func (p *peer) hear() {
	now := time.Now()
	p.heard.Store(now.UnixNano())
	if !p.finishing.Load() {
		_ = p.ws.SetReadDeadline(now.Add(p.r.opts.clocks.dead))
	}
}

func (p *peer) receive(data []byte) error {
	seq, event, err := decodeEvent(data)
	switch {
	case err != nil:
		return err
	case event == nil:
		p.ack(seq)
		return nil
	case !p.deliver(seq, event):
		return errors.New("more events than may be sent at once")
	}
	return nil
}

// leave takes the link off the registry and says that it is gone.
func (p *peer) leave(err error) {
	_ = p.ws.Close()
	reason := "the connection was closed"
	if err != nil {
		reason = err.Error()
	}
	if said := p.reason.Load(); said != nil {
		reason = *said
	}
	var timeout net.Error
	dead := errors.As(err, &timeout) && timeout.Timeout() && !p.finishing.Load()
	if dead {
		reason = "nothing heard for " + p.r.opts.clocks.dead.String()
	}
	r := p.r
	r.mu.Lock()
	delete(r.peers, p.id.Link)
	if s := r.sessions[p.id.Session]; s != nil && s.peer == p {
		s.peer = nil
		r.tidy(p.id.Session)
	}
	parked, replaced := p.parked, p.replaced
	p.parked = nil
	r.parked -= len(parked)
	var lent []*Conn
	if dead {
		lent = p.uses() // what the host held is dead too
	}
	close(p.gone)
	if r.closed && len(r.peers) == 0 {
		close(r.left)
	}
	r.mu.Unlock()
	for _, c := range parked {
		_ = c.conn.Close()
	}
	for _, c := range lent {
		c.Reset()
	}
	p.out.stop()
	p.deliver(0, Disconnected{At: time.Now(), Reason: reason, Replaced: replaced})
	r.opts.Logger.Info("agent disconnected", "session", p.id.Session, "link", p.id.Link, "reason", reason, "replaced", replaced)
}

// kill ends the link without a word.
func (p *peer) kill(reason string) {
	p.reason.CompareAndSwap(nil, &reason)
	_ = p.ws.Close()
}

// finish says one last thing and lets the agent hang up.
func (p *peer) finish(kind, reason string) {
	p.reason.CompareAndSwap(nil, &kind)
	p.send(kind, notice{Reason: reason})
	p.out.push(p, frame{kind: websocket.CloseMessage, data: websocket.FormatCloseMessage(websocket.CloseServiceRestart, "")})
}

// cut resets every connection of the link that is in use.
func (p *peer) cut() {
	p.r.mu.Lock()
	lent := p.uses()
	p.r.mu.Unlock()
	for _, c := range lent {
		c.Reset()
	}
}

// uses lists the connections in use. The caller holds r.mu.
func (p *peer) uses() []*Conn { return slices.Collect(maps.Keys(p.taken)) }
