package tunnel

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Registry is the gateway's end: it accepts agents and hands out connections to
// their apps. Its methods are safe for concurrent use.
type Registry struct {
	opts     Options
	upgrader websocket.Upgrader
	pending  *pending

	life   context.Context // ends when Close begins: no more dials and claims
	close  context.CancelFunc
	events context.Context // ends when Close ends: no more events
	mute   context.CancelFunc
	work   sync.WaitGroup // every goroutine of the registry

	mu       sync.Mutex
	sessions map[string]*station
	peers    map[string]*peer // by link
	parked   int              // of all peers
	lent     map[*Conn]*peer  // connections in use
	servers  []*http.Server
	closed   bool
	left     chan struct{} // closed when the last peer has gone after Close began
}

// station is what is known of one session: its newest link, and who waits.
type station struct {
	peer    *peer
	joined  chan struct{} // closed, and made anew, when a link joins
	waiters []*waiter     // dials, oldest first
	held    int           // callers of WaitConnected
}

// NewRegistry makes a registry. Close it in the end.
func NewRegistry(opts Options) *Registry {
	opts = opts.withDefaults()
	r := &Registry{
		opts:     opts,
		pending:  newPending(opts.MaxPending),
		sessions: map[string]*station{},
		peers:    map[string]*peer{},
		lent:     map[*Conn]*peer{},
		left:     make(chan struct{}),
	}
	r.upgrader = websocket.Upgrader{
		HandshakeTimeout: opts.clocks.handshake,
		ReadBufferSize:   1 << 10, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{},
	}
	r.life, r.close = context.WithCancel(context.Background())
	r.events, r.mute = context.WithCancel(context.Background())
	r.work.Go(r.lookAfter)
	return r
}

// station finds or makes the session's entry. The caller holds mu.
func (r *Registry) station(session string) *station {
	s := r.sessions[session]
	if s == nil {
		s = &station{joined: make(chan struct{})}
		r.sessions[session] = s
	}
	return s
}

// tidy drops an entry that says nothing any more. The caller holds mu.
func (r *Registry) tidy(session string) {
	if s := r.sessions[session]; s != nil && s.peer == nil && s.held == 0 && len(s.waiters) == 0 {
		delete(r.sessions, session)
	}
}

// WaitConnected waits until an agent of the session is connected.
func (r *Registry) WaitConnected(ctx context.Context, session string) error {
	r.mu.Lock()
	s := r.station(session)
	s.held++
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		s.held--
		r.tidy(session)
	}()
	for s.peer == nil {
		joined := s.joined
		r.mu.Unlock()
		select {
		case <-joined:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrNotConnected, ctx.Err())
		case <-r.life.Done():
			return ErrClosed
		}
		r.mu.Lock()
	}
	r.mu.Unlock()
	return nil
}

// Connected reports the session's live link.
func (r *Registry) Connected(session string) (LinkInfo, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sessions[session]; s != nil && s.peer != nil {
		return s.peer.info(), true
	}
	return LinkInfo{}, false
}

// List describes every live link, in no particular order.
func (r *Registry) List() []LinkInfo {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]LinkInfo, 0, len(r.sessions))
	for _, s := range r.sessions {
		if s.peer != nil {
			list = append(list, s.peer.info())
		}
	}
	return list
}

// lookAfter pings the peers and lets unused reserves shrink.
func (r *Registry) lookAfter() {
	tick := time.NewTicker(r.opts.clocks.tick)
	defer tick.Stop()
	for {
		select {
		case <-r.life.Done():
			return
		case now := <-tick.C:
			r.mu.Lock()
			peers := slices.Collect(maps.Values(r.peers))
			r.mu.Unlock()
			for _, p := range peers {
				p.lookAfter(now)
			}
		}
	}
}

// Close tells the agents to come back later, and ends every link and
// connection. It waits, until ctx is done, for the agents to be told and for the
// authority to take the events that have arrived.
func (r *Registry) Close(ctx context.Context) error {
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	servers := r.servers
	if first {
		r.close()
		for _, p := range r.peers {
			p.finish(typeDrain, "the gateway is restarting")
		}
		if len(r.peers) == 0 {
			close(r.left)
		}
	}
	r.mu.Unlock()

	var err error
	select {
	case <-r.left:
	case <-ctx.Done():
		err = ctx.Err()
	}
	r.mu.Lock()
	peers := slices.Collect(maps.Values(r.peers))
	lent := slices.Collect(maps.Keys(r.lent))
	r.mu.Unlock()
	for _, p := range peers {
		p.kill("the gateway is closing")
	}
	for _, c := range lent {
		c.Reset()
	}
	for _, s := range servers {
		_ = s.Close()
	}
	if err != nil {
		r.mute()
	}
	finished := make(chan struct{})
	go func() {
		r.work.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-ctx.Done():
		err = ctx.Err()
		r.mute()
		<-finished
	}
	r.mute()
	return err
}
