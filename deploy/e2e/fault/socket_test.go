package fault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// dial opens a WebSocket of a session's app.
func dial(ctx context.Context, c *client.Client, path string) (*websocket.Conn, error) {
	d := websocket.Dialer{Jar: c.HTTP.Jar, HandshakeTimeout: 30 * time.Second}
	header := http.Header{}
	if c.Token != "" {
		header.Set("Authorization", "Bearer "+c.Token)
	}
	ws, answer, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(c.Base, "http")+path, header)
	if err != nil && answer != nil {
		return nil, fmt.Errorf("%w: %s", err, answer.Status)
	}
	return ws, err
}

func openSocket(t *testing.T, c *client.Client, path string) *websocket.Conn {
	t.Helper()
	ws, err := dial(t.Context(), c, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

// chat is a WebSocket over which a word goes to the app and back, again and
// again, until it ends.
type chat struct {
	ws    *websocket.Conn
	leave chan struct{}
	ended chan struct{}
	once  sync.Once

	mu      sync.Mutex
	rounds  int
	longest time.Duration
	err     error
}

func startChat(t *testing.T, c *client.Client, s client.Session) *chat {
	t.Helper()
	h := &chat{ws: openSocket(t, c, s.At("echo")), leave: make(chan struct{}), ended: make(chan struct{})}
	go h.run()
	t.Cleanup(func() { _, _, _ = h.finish() })
	return h
}

func (h *chat) run() {
	defer close(h.ended)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; n++ {
		began := time.Now()
		word := fmt.Sprint("word ", n)
		err := h.ws.WriteMessage(websocket.TextMessage, []byte(word))
		var got []byte
		if err == nil {
			_, got, err = h.ws.ReadMessage()
		}
		if err == nil && string(got) != word {
			err = fmt.Errorf("%q came back as %q", word, got)
		}
		h.mu.Lock()
		h.longest = max(h.longest, time.Since(began))
		h.rounds++
		h.err = err
		h.mu.Unlock()
		if err != nil {
			return
		}
		select {
		case <-h.leave:
			return
		case <-ticker.C:
		}
	}
}

// finish ends the chat and says how it went: the rounds, the longest one, and
// what ended it before.
func (h *chat) finish() (rounds int, longest time.Duration, err error) {
	h.once.Do(func() { close(h.leave) })
	select {
	case <-h.ended:
	case <-time.After(10 * time.Second):
	}
	_ = h.ws.Close()
	<-h.ended
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rounds, h.longest, h.err
}

// count is how often the word has come back so far.
func (h *chat) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rounds
}

// awaitEnd waits for the end that somebody else makes.
func (h *chat) awaitEnd(t *testing.T, within time.Duration) error {
	t.Helper()
	select {
	case <-h.ended:
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.err
	case <-time.After(within):
		t.Errorf("a WebSocket goes on %s after its end should have come", within)
		return nil
	}
}

// politely reports whether an error is a close frame that says that the server
// goes away.
func politely(err error) bool {
	var closed *websocket.CloseError
	return errors.As(err, &closed) && closed.Code == websocket.CloseGoingAway
}
