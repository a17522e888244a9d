package agent

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// mostLine is how much of a line without an end is kept before it is taken as
// one.
const mostLine = 8 << 10

// output takes what the app prints, line by line.
type output struct {
	line func(stream, text string, at time.Time)
	also io.Writer // nil: nowhere else

	mu      sync.Mutex
	streams []*stream
}

func newOutput(a *agent) *output { return &output{line: a.link.Log, also: a.Output} }

// stream is one of the app's outputs.
type stream struct {
	*output
	name string
	rest []byte
}

func (o *output) stream(name string) io.Writer {
	s := &stream{output: o, name: name}
	o.streams = append(o.streams, s)
	return s
}

// Write takes a piece of output. It never fails: an app must not die because
// nobody listens.
func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.also != nil {
		_, _ = s.also.Write(p)
	}
	s.rest = append(s.rest, p...)
	for {
		i := bytes.IndexByte(s.rest, '\n')
		switch {
		case i >= 0:
			s.say(s.rest[:i])
			s.rest = s.rest[i+1:]
		case len(s.rest) > mostLine:
			s.say(s.rest)
			s.rest = nil
		default:
			return len(p), nil
		}
	}
}

func (s *stream) say(line []byte) {
	s.line(s.name, string(bytes.TrimRight(line, "\r")), time.Now())
}

// flush says what has no end of line.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.streams {
		if len(s.rest) > 0 {
			s.say(s.rest)
			s.rest = nil
		}
	}
}
