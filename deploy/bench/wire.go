package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// wire is one HTTP/1.1 connection of the load generator. It understands just
// what the measured answers look like, so that it costs little itself.
type wire struct {
	net.Conn
	in *bufio.Reader
}

func dial(ctx context.Context, addr string, deadline time.Time) (*wire, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(deadline); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return newWire(c), nil
}

func newWire(c net.Conn) *wire { return &wire{Conn: c, in: bufio.NewReaderSize(c, 64<<10)} }

// target is one side of a comparison: where requests go, and how they begin.
type target struct {
	name  string
	addr  string // host:port
	base  string // path of the app
	token string // API token, "" for none
}

// request is the head of a request, with its empty line.
func (t target) request(method, path string, length int64) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\r\nHost: %s\r\n", method, t.base, path, t.addr)
	if t.token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", t.token)
	}
	if length > 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

var (
	lengthName = []byte("content-length:")
	statusOK   = []byte("HTTP/1.1 200 ")
)

// answer reads one answer with a Content-Length, gives its body to w, and
// returns how long the body was.
func (c *wire) answer(w io.Writer) (int64, error) {
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if !bytes.HasPrefix(status, statusOK) {
		return 0, fmt.Errorf("the answer is %q", bytes.TrimSpace(status))
	}
	length := int64(-1)
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if len(line) > len(lengthName) && bytes.EqualFold(line[:len(lengthName)], lengthName) {
			if length, err = strconv.ParseInt(string(bytes.TrimSpace(line[len(lengthName):])), 10, 64); err != nil {
				return 0, fmt.Errorf("content-length: %w", err)
			}
		}
	}
	if length < 0 {
		return 0, errors.New("the answer has no Content-Length")
	}
	return io.CopyN(w, c.in, length)
}
