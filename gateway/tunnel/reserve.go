package tunnel

import (
	"time"

	"github.com/gorilla/websocket"
)

// wanted raises the number of connections that the agent keeps parked, within
// bounds. The caller holds r.mu.
func (p *peer) wanted(n int) {
	n = min(n, p.r.opts.MaxReserve)
	if p.r.parked >= p.r.opts.MaxParked {
		n = p.r.opts.MinReserve
	}
	if n > p.target {
		p.target = n
		p.send(typeReserve, reserve{Count: n})
	}
}

// lookAfter pings, and takes back half of what lay unused since the last look.
// A session that nobody visits keeps the smallest reserve.
func (p *peer) lookAfter(now time.Time) {
	r := p.r
	r.mu.Lock()
	if now.Sub(p.lastPing) >= r.opts.clocks.ping {
		p.lastPing = now
		p.out.push(p, frame{kind: websocket.PingMessage})
	}
	if now.Sub(p.lastLook) < r.opts.clocks.shrink {
		r.mu.Unlock()
		return
	}
	p.lastLook = now
	least := r.opts.Reserve
	if now.Sub(p.lastTake) >= r.opts.clocks.idle || r.parked >= r.opts.MaxParked {
		least = r.opts.MinReserve
	}
	target := max(least, p.target-(p.low+1)/2)
	if target < p.target {
		p.target = target
		p.send(typeReserve, reserve{Count: target})
	}
	var surplus []*parked
	if n := len(p.parked) - p.target; n > 0 {
		surplus = append(surplus, p.parked[:n]...)
		p.parked = append([]*parked(nil), p.parked[n:]...)
		r.parked -= n
	}
	p.low = len(p.parked)
	r.mu.Unlock()
	for _, c := range surplus {
		_ = c.conn.Close()
	}
}
