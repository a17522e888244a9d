package tunnel

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxOutbound = 256              // frames waiting for one agent
	writeLimit  = 10 * time.Second // for one frame
	hangUp      = 5 * time.Second  // for the agent to close after our last word
)

// frame is a WebSocket frame to be written.
type frame struct {
	kind int
	data []byte
}

// outbound is what waits to be written to one agent. Pushing never blocks.
type outbound struct {
	mu      sync.Mutex
	queue   []frame
	busy    bool
	stopped bool
}

func (o *outbound) push(p *peer, f frame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.stopped:
	case len(o.queue) >= maxOutbound:
		p.kill("the agent does not read")
		o.stopped, o.queue = true, nil
	default:
		o.queue = append(o.queue, f)
		o.stopped = f.kind == websocket.CloseMessage
		if !o.busy {
			o.busy = true
			p.r.work.Go(func() { o.run(p) })
		}
	}
}

// stop drops what is left; nothing is taken any more.
func (o *outbound) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped, o.queue = true, nil
}

func (o *outbound) run(p *peer) {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 {
			o.busy, o.queue = false, nil
			o.mu.Unlock()
			return
		}
		f := o.queue[0]
		o.queue = o.queue[1:]
		o.mu.Unlock()

		err := p.write(f)
		if err != nil {
			p.kill("writing failed: " + err.Error())
			o.stop()
		}
	}
}

func (p *peer) write(f frame) error {
	deadline := time.Now().Add(writeLimit)
	switch f.kind {
	case websocket.TextMessage:
		_ = p.ws.SetWriteDeadline(deadline)
		return p.ws.WriteMessage(f.kind, f.data)
	case websocket.CloseMessage:
		p.finishing.Store(true)
		_ = p.ws.SetReadDeadline(time.Now().Add(hangUp))
	}
	return p.ws.WriteControl(f.kind, f.data, deadline)
}

// send queues a message for the agent.
func (p *peer) send(kind string, body any) { p.sendSeq(kind, 0, body) }

func (p *peer) ack(seq uint64) {
	if seq != 0 {
		p.sendSeq(typeAck, seq, nil)
	}
}

func (p *peer) sendSeq(kind string, seq uint64, body any) {
	data, err := encode(kind, seq, body)
	if err != nil || len(data) > MaxManifest {
		p.r.opts.Logger.Error("a message cannot be sent to the agent", "session", p.id.Session, "type", kind, "bytes", len(data), "err", err)
		p.kill("a message cannot be sent: " + kind)
		return
	}
	p.out.push(p, frame{kind: websocket.TextMessage, data: data})
}
