package tunnel

import (
	"context"
	"sync"
	"time"
)

// inbound is what an agent has reported and the authority has not yet taken.
type inbound struct {
	mu    sync.Mutex
	queue []report
	busy  bool
}

type report struct {
	seq   uint64
	event Event
}

// deliver hands an event to the authority, in order, in the background. False
// means that the agent sends more than it may.
func (p *peer) deliver(seq uint64, event Event) bool {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	if seq != 0 && len(p.in.queue) > 2*maxInFlight {
		return false
	}
	p.in.queue = append(p.in.queue, report{seq: seq, event: event})
	if !p.in.busy {
		p.in.busy = true
		p.r.work.Go(p.handOn)
	}
	return true
}

func (p *peer) handOn() {
	for {
		p.in.mu.Lock()
		if len(p.in.queue) == 0 {
			p.in.busy, p.in.queue = false, nil
			p.in.mu.Unlock()
			return
		}
		next := p.in.queue[0]
		p.in.queue = p.in.queue[1:]
		p.in.mu.Unlock()
		if p.offer(next) {
			p.ack(next.seq)
		}
	}
}

// After a link's end its last events are offered this often, then dropped.
const lastOffers = 5

// offer gives the event to the authority until it is taken, and reports whether
// it was. A sample of usage is worth one try.
func (p *peer) offer(next report) bool {
	wait := backoff{low: p.r.opts.clocks.retry, high: 20 * p.r.opts.clocks.retry}
	for tries := 1; ; tries++ {
		ctx, cancel := context.WithTimeout(p.r.events, p.r.opts.clocks.event)
		err := p.r.opts.Authority.Event(ctx, p.id, next.event)
		cancel()
		if err == nil {
			return true
		}
		p.r.opts.Logger.Warn("event not taken", "session", p.id.Session, "link", p.id.Link, "try", tries, "err", err)
		if _, sample := next.event.(Usage); sample {
			return true
		}
		select {
		case <-p.gone:
			if tries >= lastOffers {
				return false
			}
		default:
		}
		t := time.NewTimer(wait.next())
		select {
		case <-t.C:
		case <-p.r.events.Done():
			t.Stop()
			return false
		}
	}
}
