package session

import "sync"

// Hub tells waiting pages that a session has changed. It carries no content:
// subscribe, then read the session; read it again at every signal. A signal
// that comes while one is pending is merged into it.
type Hub struct {
	mu   sync.Mutex
	subs map[ID]map[chan struct{}]struct{}
}

// NewHub makes an empty hub.
func NewHub() *Hub { return &Hub{subs: map[ID]map[chan struct{}]struct{}{}} }

// Subscribe returns a channel that is signalled when the session changes or
// prints, and a function that ends the subscription. An empty id hears of every
// session.
func (h *Hub) Subscribe(id ID) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs[id] == nil {
		h.subs[id] = map[chan struct{}]struct{}{}
	}
	h.subs[id][c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs[id], c)
		if len(h.subs[id]) == 0 {
			delete(h.subs, id)
		}
	}
}

// Publish signals the session's subscribers and those of every session.
func (h *Hub) Publish(id ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	signal(h.subs[id])
	if id != "" {
		signal(h.subs[""])
	}
}

// PublishAll signals everybody: changes may have been missed.
func (h *Hub) PublishAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, set := range h.subs {
		signal(set)
	}
}

func signal(set map[chan struct{}]struct{}) {
	for c := range set {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
