package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
)

// exchange is one request on its way.
type exchange struct {
	p      *Proxy
	route  *route
	target Target
	w      http.ResponseWriter
	in     *http.Request
	up     *upstream   // the connection that is being tried
	stop   func() bool // calls off its reset for a client that hangs up

	mu     sync.Mutex
	broken error // why the connection was cut from our side, nil: it was not
}

// run carries the request. A nil error means that an answer has been given.
func (x *exchange) run() error {
	ctx := x.in.Context()
	for try := 1; ; try++ {
		var err error
		if x.up, err = x.route.get(ctx); err != nil {
			return err
		}
		x.stop = context.AfterFunc(ctx, x.up.conn.Reset)
		answered, err := x.attempt()
		x.stop()
		switch {
		case err == nil:
			return nil
		case answered:
			x.p.opts.Logger.Debug("an answer was cut", "session", x.target.Session, "err", err)
			panic(http.ErrAbortHandler)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if over := x.route.over(); over != nil {
			return over
		}
		if !x.repeatable(err, try) {
			return err
		}
		x.p.opts.Logger.Debug("repeating a request", "session", x.target.Session, "method", x.in.Method, "err", err)
	}
}

// errNothing marks an error that came before any byte of an answer.
var errNothing = errors.New("the app did not answer")

// repeatable reports whether the request may be sent once more: nothing came
// back, it has no body, and it only reads.
func (x *exchange) repeatable(err error, try int) bool {
	if !errors.Is(err, errNothing) || x.hasBody() || try > 3 || (try > 1 && !x.up.reused) {
		return false
	}
	switch x.in.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, "PROPFIND", "REPORT", "SEARCH":
		return true
	}
	return false
}

// attempt sends the request over one connection and passes the answer on.
// answered says that the client has seen some of it. The connection is given
// back, or up.
func (x *exchange) attempt() (answered bool, err error) {
	u := x.up
	if err := x.writeHead(u.out); err != nil {
		x.route.discard(u, true)
		return false, err
	}
	up, err := x.startUpload(u.out)
	if err == nil && up == nil {
		err = u.out.Flush()
	}
	var res *http.Response
	if err == nil {
		res, err = x.readHead(up) //nolint:bodyclose // the connection is given back, or up, as a whole
	} else if !errors.Is(err, errClientBody) {
		err = errors.Join(errNothing, err)
	}
	if err != nil {
		u.conn.Reset()
		x.finish(up)
		x.route.discard(u, true)
		return false, x.cause(err)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return x.upgrade(res, up)
	}
	if up != nil {
		_ = http.NewResponseController(x.w).EnableFullDuplex() // the body is still being read
	}
	x.passHead(res)
	if err := x.passBody(res); err != nil {
		u.conn.Reset()
		x.finish(up)
		x.route.discard(u, true)
		return true, err
	}
	x.passTrailers(res)
	if x.finish(up) && x.stop() && !res.Close && u.in.Buffered() == 0 {
		x.route.put(u)
	} else {
		x.route.discard(u, false)
	}
	return true, nil
}

// cutUpload cuts the connection because the body could not be sent.
func (x *exchange) cutUpload(err error) {
	if !errors.Is(err, errClientBody) {
		return // the app has closed; its answer may still be there to read
	}
	x.mu.Lock()
	x.broken = err
	x.mu.Unlock()
	x.up.conn.Reset()
}

// cause is our own reason for the connection's end, if there is one, else err.
func (x *exchange) cause(err error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.broken != nil {
		return x.broken
	}
	return err
}

// readHead reads the head of the final answer, and passes interim ones on.
func (x *exchange) readHead(up *upload) (*http.Response, error) {
	u := x.up
	if _, err := u.in.Peek(1); err != nil {
		return nil, errors.Join(errNothing, err)
	}
	for range 10 {
		res, err := http.ReadResponse(u.in, x.in)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if res.StatusCode < 100 || res.StatusCode > 999 {
			return nil, fmt.Errorf("the app answered with status %d", res.StatusCode)
		}
		if res.StatusCode >= 200 || res.StatusCode == http.StatusSwitchingProtocols {
			u.whole()
			return res, nil
		}
		if res.StatusCode == http.StatusContinue {
			if up != nil {
				up.goOn() // reading the body makes our server say the same
			}
			continue
		}
		x.passInterim(res)
	}
	return nil, errors.New("too many interim answers")
}

// passInterim passes an interim answer on, 103 Early Hints say.
func (x *exchange) passInterim(res *http.Response) {
	h := x.w.Header()
	before := maps.Clone(h)
	x.tidyHeader(res.Header)
	maps.Copy(h, res.Header)
	x.w.WriteHeader(res.StatusCode)
	clear(h)
	maps.Copy(h, before)
}
