package desktop

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// site is the pages in front of an X server that echoes.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"vnc.html": "noVNC", "app/ui.js": "ui"} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	socket := filepath.Join(folder, "rfb")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}()
		}
	}()
	handler, err := newPages(folder, socket)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func TestPages(t *testing.T) {
	t.Parallel()
	server := site(t)
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for path, status := range map[string]int{
		"/": 302, "/vnc.html": 200, "/app/ui.js": 200, "/app/": 404, "/app": 404, "/%2e%2e/%2e%2e/etc/passwd": 404, "/nothing": 404,
		"/websockify": 400, // not a WebSocket
	} {
		request, _ := http.NewRequest(http.MethodGet, server.URL+path, nil)
		request.Header.Set("X-Forwarded-Prefix", "/user/alice/desk")
		a, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if a.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, status)
		}
		if at := a.Header.Get("Location"); path == "/" && !strings.Contains(at, "path=user%2Falice%2Fdesk%2Fwebsockify") {
			t.Errorf("entered at %q", at)
		}
	}
}

func TestScreenIsCarried(t *testing.T) {
	t.Parallel()
	server := site(t)
	dialer := websocket.Dialer{Subprotocols: []string{"binary"}}
	address := "ws" + strings.TrimPrefix(server.URL, "http") + "/websockify"
	ws, _, err := dialer.DialContext(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	sent := bytes.Repeat([]byte("frame buffer update "), 10_000)
	go func() { _ = ws.WriteMessage(websocket.BinaryMessage, sent) }()
	var got []byte
	for len(got) < len(sent) {
		_, part, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, part...)
	}
	if !bytes.Equal(got, sent) {
		t.Error("other bytes came back")
	}
	if _, a, err := dialer.DialContext(t.Context(), address, http.Header{"Origin": {"https://elsewhere.example"}}); err == nil || a == nil || a.StatusCode != http.StatusForbidden {
		t.Errorf("another site's page may connect: %v", err)
	}
}

// The file is one that Xlib reads: five fields, each length in front, nothing
// after them.
func TestCookie(t *testing.T) {
	t.Parallel()
	file := newCookie()
	if bytes.Equal(file, newCookie()) {
		t.Error("two cookies are the same")
	}
	if family := binary.BigEndian.Uint16(file); family != familyWild {
		t.Errorf("family %x", family)
	}
	file = file[2:]
	var fields []string
	for len(file) >= 2 {
		n := int(binary.BigEndian.Uint16(file))
		fields = append(fields, string(file[2:2+n]))
		file = file[2+n:]
	}
	if len(fields) != 4 || len(file) != 0 || fields[2] != "MIT-MAGIC-COOKIE-1" || len(fields[3]) != 16 {
		t.Errorf("%q", fields)
	}
}
