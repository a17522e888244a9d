package tunnel

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Bounds of what an agent keeps for a gateway that does not take it.
const (
	maxHeldLines = 5000
	maxHeldBytes = 1 << 20
)

// logPause between two small batches of output makes few batches of a chatty app.
const logPause = 50 * time.Millisecond

// outbox holds an agent's events until a gateway has acknowledged them. Putting
// something in never blocks: of the app's output the oldest lines are given up
// and counted, of usage only the newest sample is kept, and Ready and Exited are
// kept until they have arrived.
type outbox struct {
	mu      sync.Mutex
	notify  func()        // there may be something to take
	empty   chan struct{} // closed, and made anew, when nothing is left
	seq     uint64
	flight  []sent // taken and not acknowledged, oldest first
	again   []sent // to be sent once more, before anything new
	lines   []LogLine
	bytes   int
	dropped int
	usage   *Usage
	ready   *Ready
	exited  *Exited
	pauseTo time.Time // no small batch of output before
}

type sent struct {
	seq   uint64
	event Event
}

func newOutbox(notify func()) *outbox {
	return &outbox{notify: notify, empty: make(chan struct{})}
}

func (o *outbox) put(change func()) {
	o.mu.Lock()
	change()
	o.mu.Unlock()
	o.notify()
}

func (o *outbox) log(line LogLine) {
	o.put(func() {
		o.lines = append(o.lines, line)
		o.bytes += len(line.Text)
		for len(o.lines) > maxHeldLines || o.bytes > maxHeldBytes {
			o.bytes -= len(o.lines[0].Text)
			o.lines = o.lines[1:]
			o.dropped++
		}
	})
}

// take removes the next event. False means that there is none or that enough
// are on their way; wait says when to look again, if not at the next notice.
// Ready overtakes everything, because somebody waits for it; Exited comes last.
func (o *outbox) take(now time.Time) (next sent, wait time.Duration, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.flight) >= maxInFlight {
		return sent{}, 0, false
	}
	early := now.Before(o.pauseTo) && len(o.lines) < MaxLogBatch && o.exited == nil
	switch {
	case o.ready != nil:
		next = o.number(*o.ready)
		o.ready = nil
	case len(o.again) > 0:
		next = o.again[0]
		o.again = o.again[1:]
	case (len(o.lines) > 0 || o.dropped > 0) && !early:
		next = o.number(o.batch())
		o.pauseTo = now.Add(logPause)
	case o.usage != nil:
		next = o.number(*o.usage)
		o.usage = nil
	case o.exited != nil:
		next = o.number(*o.exited)
		o.exited = nil
	case early && len(o.lines) > 0:
		return sent{}, o.pauseTo.Sub(now), false
	default:
		return sent{}, 0, false
	}
	o.flight = append(o.flight, next)
	return next, 0, true
}

func (o *outbox) number(event Event) sent {
	o.seq++
	return sent{seq: o.seq, event: event}
}

// batch takes as many lines as fit into a message.
func (o *outbox) batch() Log {
	n, size := 0, 0
	for n < len(o.lines) && n < MaxLogBatch && (n == 0 || size+len(o.lines[n].Text) <= maxLogPayload) {
		size += len(o.lines[n].Text)
		n++
	}
	batch := Log{Lines: slices.Clone(o.lines[:n]), Dropped: o.dropped}
	o.lines, o.bytes, o.dropped = o.lines[n:], o.bytes-size, 0
	if len(o.lines) == 0 {
		o.lines = nil
	}
	return batch
}

// ack forgets an event that has arrived.
func (o *outbox) ack(seq uint64) {
	o.mu.Lock()
	o.flight = slices.DeleteFunc(o.flight, func(s sent) bool { return s.seq == seq })
	if o.idle() {
		close(o.empty)
		o.empty = make(chan struct{})
	}
	o.mu.Unlock()
	o.notify()
}

// lost puts what was on its way back in front, after the loss of a connection.
func (o *outbox) lost() {
	o.put(func() {
		o.again = append(o.flight, o.again...)
		o.flight = nil
		o.again = slices.DeleteFunc(o.again, func(s sent) bool { _, sample := s.event.(Usage); return sample })
	})
}

func (o *outbox) idle() bool {
	return len(o.flight) == 0 && len(o.again) == 0 && len(o.lines) == 0 && o.dropped == 0 &&
		o.usage == nil && o.ready == nil && o.exited == nil
}

// flush waits until everything has arrived.
func (o *outbox) flush(ctx context.Context) error {
	for {
		o.mu.Lock()
		idle, empty := o.idle(), o.empty
		o.mu.Unlock()
		if idle {
			return nil
		}
		select {
		case <-empty:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
