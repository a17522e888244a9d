package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// uplink is an agent's control connection to one gateway, with the data
// connections parked there.
type uplink struct {
	l     *Link
	d     dialer
	ws    *websocket.Conn
	whole context.Context // the link's life, which streams share
	wake  chan struct{}
	shelf *shelf
}

func newUplink(whole context.Context, l *Link, d dialer, ws *websocket.Conn) *uplink {
	return &uplink{l: l, d: d, ws: ws, whole: whole, wake: make(chan struct{}, 1)}
}

func (u *uplink) poke() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// run serves the connection until it ends. The error is a final *Refused when
// the gateway has ended the link for good.
func (u *uplink) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { // a last word, then the reader's end
		_ = u.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
		_ = u.ws.Close()
	})
	defer stop()
	defer func() { _ = u.ws.Close() }()
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()

	m, err := u.manifest()
	if err != nil {
		return err
	}
	u.shelf = newShelf(ctx, u, m)
	defer u.shelf.clear()
	u.l.join(u)
	defer u.l.leave(u)
	work.Go(func() { u.write(ctx) })
	u.shelf.keep(m.Reserve)
	u.tell(m)
	if len(m.Gateways) > 0 {
		u.l.follow(u.whole, m.Gateways, m.Fingerprints)
	}
	err = u.read(ctx)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		u.shelf.cut() // the gateway's host is out of reach, and all that goes there
	}
	return err
}

// manifest reads the first message.
func (u *uplink) manifest() (Manifest, error) {
	u.ws.SetReadLimit(MaxManifest)
	_ = u.ws.SetReadDeadline(time.Now().Add(HandshakeLimit))
	_, data, err := u.ws.ReadMessage()
	if err != nil {
		return Manifest{}, fmt.Errorf("no manifest: %w", err)
	}
	message, err := decode(data)
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if message.Type != typeManifest {
		return Manifest{}, fmt.Errorf("%w: no manifest", errBadMessage)
	}
	if err := message.body(&m); err != nil {
		return Manifest{}, err
	}
	if !validID(m.Link) || m.LinkSecret == "" || len(m.LinkSecret) > 512 {
		return Manifest{}, fmt.Errorf("%w: manifest without a link", errBadMessage)
	}
	if err := m.Validate(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

func (u *uplink) tell(m Manifest) {
	if u.l.config.Manifest == nil {
		return
	}
	u.l.told.Lock()
	defer u.l.told.Unlock()
	u.l.config.Manifest(m)
}

func (u *uplink) hear() { _ = u.ws.SetReadDeadline(time.Now().Add(u.l.config.dead)) }

// read follows the gateway's commands.
func (u *uplink) read(ctx context.Context) error {
	answer := u.ws.PingHandler()
	u.ws.SetPingHandler(func(data string) error { u.hear(); return answer(data) })
	u.ws.SetPongHandler(func(string) error { u.hear(); return nil })
	for {
		u.hear()
		_, data, err := u.ws.ReadMessage()
		if err != nil {
			return err
		}
		m, err := decode(data)
		if err != nil {
			return err
		}
		if err := u.obey(ctx, m); err != nil {
			return err
		}
	}
}

func (u *uplink) obey(ctx context.Context, m message) error {
	switch m.Type {
	case typeAck:
		u.l.box.ack(m.Seq)
	case typeReserve:
		var r reserve
		if err := m.body(&r); err != nil {
			return err
		}
		u.shelf.keep(r.Count)
	case typeStop:
		var n notice
		if err := m.body(&n); err != nil {
			return err
		}
		if u.l.config.Stop != nil {
			u.l.config.Stop(clip(n.Reason, MaxText))
		}
	case typeSuperseded, typeRevoked:
		var n notice
		_ = m.body(&n)
		return &Refused{Code: m.Type, Reason: clip(n.Reason, MaxText), Final: true}
	case typeDrain:
		return errDrained
	case typeGateways:
		var g gateways
		if err := m.body(&g); err != nil {
			return err
		}
		if err := validGateways(g.Gateways, g.Fingerprints); err != nil {
			return err
		}
		if ctx.Err() == nil {
			u.l.follow(u.whole, g.Gateways, g.Fingerprints)
		}
	}
	return nil
}

// write sends pings, and events while this is the link's first connection.
func (u *uplink) write(ctx context.Context) {
	ping := time.NewTicker(u.l.config.ping)
	defer ping.Stop()
	later := time.NewTimer(time.Hour)
	defer later.Stop()
	for {
		wait, err := u.send()
		if wait > 0 {
			later.Reset(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-u.wake:
		case <-later.C:
		case <-ping.C:
			err = errors.Join(err, u.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeLimit)))
		}
		if err != nil {
			_ = u.ws.Close() // ends the reader too
			return
		}
	}
}

func (u *uplink) send() (wait time.Duration, err error) {
	for u.l.primary(u) {
		next, wait, ok := u.l.box.take(time.Now())
		if !ok {
			return wait, nil
		}
		data, err := encodeEvent(next.seq, next.event)
		if err != nil {
			return 0, err
		}
		_ = u.ws.SetWriteDeadline(time.Now().Add(writeLimit))
		if err := u.ws.WriteMessage(websocket.TextMessage, data); err != nil {
			return 0, err
		}
	}
	return 0, nil
}
