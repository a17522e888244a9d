package proxy

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	// smallBody is sent with the head, before the answer is waited for.
	smallBody = 4 << 10
	// continueWait is how long an app has to ask for an announced body.
	continueWait = 5 * time.Second
	// uploadRest is how long the rest of an upload may take after the answer.
	uploadRest = 50 * time.Millisecond
)

// upload is a request's body on its way, while the answer is waited for.
type upload struct {
	ask   chan struct{} // closed when the app has asked for the body, or was not to be waited for
	asked sync.Once
	skip  chan struct{} // closed when the answer came without the body
	done  chan struct{}
	err   error // after done
}

func (x *exchange) hasBody() bool {
	return x.in.Body != nil && x.in.Body != http.NoBody && x.in.ContentLength != 0
}

func (x *exchange) expects() bool {
	return x.hasBody() && hasToken(x.in.Header["Expect"], "100-continue")
}

// startUpload sends the body. A small one goes along with the head at once; nil
// is returned for it.
func (x *exchange) startUpload(out *bufio.Writer) (*upload, error) {
	if !x.hasBody() {
		return nil, nil
	}
	if n := x.in.ContentLength; n > 0 && n <= smallBody && !x.expects() {
		if _, err := io.CopyN(out, x.in.Body, n); err != nil {
			return nil, errors.Join(errClientBody, err)
		}
		return nil, nil
	}
	up := &upload{ask: make(chan struct{}), skip: make(chan struct{}), done: make(chan struct{})}
	if !x.expects() {
		up.goOn()
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	go func() {
		defer close(up.done)
		late := time.NewTimer(continueWait)
		defer late.Stop()
		select {
		case <-up.ask:
		case <-late.C: // it does not know the header: the body comes unasked
		case <-up.skip:
			return
		}
		if up.err = x.sendBody(out); up.err != nil {
			x.cutUpload(up.err)
		}
	}()
	return up, nil
}

// errClientBody marks an error of the client's side.
var errClientBody = errors.New("the client did not send all of its request")

// sendBody copies the body in the request's own framing.
func (x *exchange) sendBody(out *bufio.Writer) error {
	var buf buffer
	defer buf.done()
	chunked := x.in.ContentLength < 0
	var sent int64
	for {
		n, err := x.in.Body.Read(buf.next())
		if n > 0 {
			x.route.stamp()
			sent += int64(n)
			if err := writePart(out, buf.got(n), chunked); err != nil {
				return err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(errClientBody, err)
		}
	}
	if !chunked {
		if sent != x.in.ContentLength {
			return errors.Join(errClientBody, io.ErrUnexpectedEOF)
		}
		return out.Flush()
	}
	line(out, "0\r\n")
	for name, values := range x.in.Trailer {
		for _, value := range values {
			if !hopByHop(name) && !ours(name) {
				line(out, name, ": ", clean(value), "\r\n")
			}
		}
	}
	line(out, "\r\n")
	return out.Flush()
}

func writePart(out *bufio.Writer, p []byte, chunked bool) error {
	if chunked {
		line(out, strconv.FormatInt(int64(len(p)), 16), "\r\n")
	}
	_, _ = out.Write(p)
	if chunked {
		line(out, "\r\n")
	}
	return out.Flush()
}

// goOn lets a body go that waits to be asked for.
func (up *upload) goOn() { up.asked.Do(func() { close(up.ask) }) }

// finish waits for the rest of the upload, when the answer is complete. False
// means that the app did not take all of it; nothing reads the body any more.
func (x *exchange) finish(up *upload) bool {
	if up == nil {
		return true
	}
	close(up.skip)
	rest := time.NewTimer(uploadRest)
	defer rest.Stop()
	select {
	case <-up.done:
		select {
		case <-up.ask:
			return up.err == nil
		default:
			return false // announced, and never asked for
		}
	case <-rest.C:
	}
	// The client has its answer, or nothing will come of it: stop reading.
	control := http.NewResponseController(x.w)
	_ = control.Flush()
	x.up.conn.Reset()
	_ = control.SetReadDeadline(time.Unix(1, 0))
	<-up.done
	return false
}
