package fault

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// kernel is a Jupyter kernel of a session.
type kernel struct {
	id      string
	session client.Session
}

// startKernel starts one. The client has an API token: browsers would need
// Jupyter's own protection against other sites' pages.
func startKernel(t *testing.T, c *client.Client, s client.Session) kernel {
	t.Helper()
	var made struct{ ID string }
	c.Send(t, http.MethodPost, s.At("api/kernels"), map[string]any{"name": "python3"}).Must(t, http.StatusCreated, &made)
	return kernel{id: made.ID, session: s}
}

// message is one of Jupyter's messages: "The wire protocol" in "Messaging in
// Jupyter".
type message struct {
	Header       header         `json:"header"`
	ParentHeader header         `json:"parent_header"`
	Metadata     map[string]any `json:"metadata"`
	Content      map[string]any `json:"content"`
	Channel      string         `json:"channel"`
}

type header struct {
	ID       string `json:"msg_id,omitempty"`
	Type     string `json:"msg_type,omitempty"`
	Session  string `json:"session,omitempty"`
	Username string `json:"username,omitempty"`
	Version  string `json:"version,omitempty"`
}

var messages atomic.Int64

// run runs code in the kernel, over a WebSocket of its own, and returns what it
// prints.
func (k kernel) run(t *testing.T, c *client.Client, code string) string {
	t.Helper()
	ws := openSocket(t, c, k.session.At("api/kernels/"+k.id+"/channels"))
	defer func() { _ = ws.Close() }()
	printed, err := k.execute(ws, code)
	if err != nil {
		t.Fatalf("running %q: %v", code, err)
	}
	return printed
}

func (k kernel) execute(ws *websocket.Conn, code string) (printed string, err error) {
	id := fmt.Sprint("e2e-", messages.Add(1))
	_ = ws.SetReadDeadline(time.Now().Add(time.Minute))
	err = ws.WriteJSON(message{
		Header: header{ID: id, Type: "execute_request", Session: "e2e", Username: "e2e", Version: "5.3"}, Metadata: map[string]any{},
		Content: map[string]any{"code": code, "silent": false, "store_history": false, "user_expressions": map[string]any{}, "allow_stdin": false},
		Channel: "shell",
	})
	replied, idle := false, false
	for err == nil && (!replied || !idle) {
		var data []byte
		if _, data, err = ws.ReadMessage(); err != nil {
			break
		}
		var m message
		if err = json.Unmarshal(data, &m); err != nil || m.ParentHeader.ID != id {
			continue
		}
		switch m.Header.Type {
		case "stream":
			printed += fmt.Sprint(m.Content["text"])
		case "error":
			err = fmt.Errorf("%v: %v", m.Content["ename"], m.Content["evalue"])
		case "execute_reply":
			replied = true
		case "status":
			idle = m.Content["execution_state"] == "idle"
		}
	}
	return printed, err
}

// expect runs code and compares what it prints.
func (k kernel) expect(t *testing.T, c *client.Client, code, want string) {
	t.Helper()
	if got := k.run(t, c, code); got != want+"\n" {
		t.Errorf("the kernel prints %q for %q; want %q", got, code, want)
	}
}

// startChatOf keeps a WebSocket of the kernel open. The function returns what
// ended it.
func startChatOf(t *testing.T, c *client.Client, s client.Session, k kernel) (ended func() error) {
	t.Helper()
	ws := openSocket(t, c, s.At("api/kernels/"+k.id+"/channels"))
	if _, err := k.execute(ws, "pass"); err != nil {
		t.Fatal(err)
	}
	_ = ws.SetReadDeadline(time.Now().Add(time.Minute))
	end := make(chan error, 1)
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				end <- err
				return
			}
		}
	}()
	return func() error { return <-end }
}
