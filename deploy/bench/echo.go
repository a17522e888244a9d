package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// echoes is how many messages one round sends, one after the other.
const echoes = 3000

// echo measures the 99th percentile of a WebSocket message's way to the app and
// back, in microseconds.
func echo(ctx context.Context, t target) (float64, error) {
	header := http.Header{}
	if t.token != "" {
		header.Set("Authorization", "Bearer "+t.token)
	}
	d := websocket.Dialer{HandshakeTimeout: 10 * time.Second}
	c, response, err := d.DialContext(ctx, "ws://"+t.addr+t.base+"echo", header)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", t.name, err)
	}
	defer func() { _ = c.Close() }()
	_ = response.Body.Close()
	deadline := time.Now().Add(time.Minute)
	if err := c.NetConn().SetDeadline(deadline); err != nil {
		return 0, err
	}
	message := make([]byte, 200) // about what a kernel's status message has
	took := make([]time.Duration, 0, echoes)
	for i := range echoes + echoes/10 {
		began := time.Now()
		if err := c.WriteMessage(websocket.TextMessage, message); err != nil {
			return 0, fmt.Errorf("%s: %w", t.name, err)
		}
		if _, _, err := c.ReadMessage(); err != nil {
			return 0, fmt.Errorf("%s: %w", t.name, err)
		}
		if i >= echoes/10 { // the first ones warm up
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	return float64(took[len(took)*99/100].Nanoseconds()) / 1e3, nil
}
