package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Event is one Server-Sent Event.
type Event struct{ Name, ID, Data string }

// Stream is an open event stream.
type Stream struct {
	events chan Event
	err    error // after events is closed
}

// Follow opens an event stream; it ends with the test.
func (c *Client) Follow(t testing.TB, path string, headers ...string) *Stream {
	t.Helper()
	request, err := c.request(t, http.MethodGet, path, nil, append([]string{"Accept", "text/event-stream"}, headers...))
	if err != nil {
		t.Fatal(err)
	}
	endless := *c.HTTP
	endless.Timeout = 0
	response, err := endless.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		_ = response.Body.Close()
		t.Fatalf("GET %s answers %s with %s", path, response.Status, response.Header.Get("Content-Type"))
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	s := &Stream{events: make(chan Event, 1000)}
	go s.read(response.Body)
	return s
}

func (s *Stream) read(body io.Reader) {
	defer close(s.events)
	var e Event
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			e.Name = value
		case "id":
			e.ID = value
		case "data":
			e.Data += value
		case "":
			if lines.Text() == "" && e.Name != "" {
				s.events <- e
				e = Event{}
			}
		}
	}
	s.err = lines.Err()
}

// errStreamEnded says that the server has closed the stream.
var errStreamEnded = errors.New("the stream has ended")

// Next waits for the next event.
func (s *Stream) Next(within time.Duration) (Event, error) {
	select {
	case e, ok := <-s.events:
		if !ok {
			return Event{}, errors.Join(errStreamEnded, s.err)
		}
		return e, nil
	case <-time.After(within):
		return Event{}, fmt.Errorf("no event within %s", within)
	}
}

// Until reads events until one satisfies the condition, and returns all of
// them.
func (s *Stream) Until(t testing.TB, within time.Duration, what string, condition func(Event) bool) []Event {
	t.Helper()
	var all []Event
	deadline := time.Now().Add(within)
	for {
		e, err := s.Next(time.Until(deadline))
		if err != nil {
			t.Fatalf("waiting for %s after %d events: %v\n%v", what, len(all), err, all)
		}
		all = append(all, e)
		if condition(e) {
			return all
		}
	}
}

// Ended waits until the server ends the stream, and returns what came before.
func (s *Stream) Ended(t testing.TB, within time.Duration) []Event {
	t.Helper()
	var all []Event
	deadline := time.Now().Add(within)
	for {
		e, err := s.Next(time.Until(deadline))
		if errors.Is(err, errStreamEnded) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}
