package desktop

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// streamPath is where the browser's VNC connection goes.
const streamPath = "websockify"

// most bounds one message: pointer, keys and pasted text.
const most = 16 << 20

// newPages serves noVNC from the folder, and its connection to the socket.
func newPages(folder, socket string) (http.Handler, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(noLists{root.FS()}))
	mux.HandleFunc("GET /{$}", enter)
	mux.HandleFunc("GET /"+streamPath, func(w http.ResponseWriter, r *http.Request) { carry(w, r, socket) })
	return mux, nil
}

// enter sends the browser to noVNC's page with what it needs to connect at once.
// noVNC wants to know the connection's path from the host's root on.
func enter(w http.ResponseWriter, r *http.Request) {
	base := strings.Trim(r.Header.Get("X-Forwarded-Prefix"), "/")
	q := url.Values{"autoconnect": {"true"}, "reconnect": {"true"}, "resize": {"remote"}, "path": {base + "/" + streamPath}}
	w.Header().Set("Location", "vnc.html?"+q.Encode()) // relative: below whatever prefix
	w.WriteHeader(http.StatusFound)
}

// noLists serves files and no folders.
type noLists struct{ fs.FS }

// Open implements fs.FS.
func (n noLists) Open(name string) (fs.File, error) {
	f, err := n.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		_ = f.Close()
		return nil, fs.ErrNotExist
	}
	return f, nil
}

// carry carries RFB between a WebSocket's binary messages and the X server. The
// upgrade refuses other sites' pages.
func carry(w http.ResponseWriter, r *http.Request, socket string) {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	rfb, err := dialer.DialContext(r.Context(), "unix", socket)
	if err != nil {
		http.Error(w, "the screen does not answer", http.StatusBadGateway)
		return
	}
	defer func() { _ = rfb.Close() }()
	upgrader := websocket.Upgrader{Subprotocols: []string{"binary"}, ReadBufferSize: 4 << 10, WriteBufferSize: 32 << 10}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // it has answered
	}
	defer func() { _ = ws.Close() }()
	ws.SetReadLimit(most)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		defer cancel()
		_ = toScreen(rfb, ws)
		_ = rfb.Close()
	}()
	_ = toBrowser(ws, rfb)
	_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	_ = ws.Close()
	<-ctx.Done()
}

func toScreen(rfb io.Writer, ws *websocket.Conn) error {
	for {
		kind, message, err := ws.NextReader()
		if err != nil {
			return err
		}
		if kind != websocket.BinaryMessage {
			return errors.New("not binary")
		}
		if _, err := io.Copy(rfb, message); err != nil {
			return err
		}
	}
}

func toBrowser(ws *websocket.Conn, rfb io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := rfb.Read(buf)
		if n > 0 {
			_ = ws.SetWriteDeadline(time.Now().Add(time.Minute))
			if err := ws.WriteMessage(websocket.BinaryMessage, buf[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}
