package proxy

import (
	"bufio"
	"net"
	"net/http"
)

// response is the browser's side of one request.
type response struct {
	http.ResponseWriter
	lane *lane
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack hands the connection over for an upgrade, and keeps an eye on it.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return w.lane.keep(c), rw, nil
}
