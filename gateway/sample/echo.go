package sample

import (
	"net/http"

	"github.com/gorilla/websocket"
)

const mostMessage = 64 << 10

// The gateway has looked at the Origin header; here the host is a socket's.
var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// echo sends every message back.
func (a *app) echo(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // it has been answered
	}
	defer func() { _ = conn.Close() }()
	conn.SetReadLimit(mostMessage)
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if err := conn.WriteMessage(kind, message); err != nil {
			return
		}
	}
}
