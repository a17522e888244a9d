package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// hubUser is what VS Code's extension looks at of JupyterHub's user model.
type hubUser struct {
	Name    string
	Servers map[string]struct {
		Ready bool
		URL   string
	}
}

// asVSCode makes the calls of VS Code's JupyterHub extension, in order: is this a
// hub, a token by password, who am I, start, wait, kernels by REST and WebSocket,
// and the token's end.
func asVSCode(t *testing.T, g *site.Gateway) {
	code := client.Anonymous(t, g.URL)
	var hub struct{ Version string }
	code.Get(t, "/hub/api").Must(t, http.StatusOK, &hub)
	if hub.Version == "" {
		t.Fatal("no version: not a hub")
	}
	plain := []string{"Content-Type", "text/plain;charset=UTF-8", "User-Agent", "node-fetch"}
	var token struct{ ID, Token string }
	code.Raw(t, http.MethodPost, "/hub/api/users/alice/tokens", strings.NewReader(
		`{"auth":{"username":"alice","password":"alice"},"note":"Requested by JupyterHub extension in VSCode"}`), plain...).
		Must(t, http.StatusCreated, &token)
	g.Secret(token.Token)
	code.Token = token.Token

	const name, server = "as-vscode", "/hub/api/users/alice/servers/as-vscode"
	look := func() hubUser {
		var u hubUser
		code.Get(t, "/hub/api/users/alice?include_stopped_servers").Must(t, http.StatusOK, &u)
		return u
	}
	if u := look(); u.Name != "alice" || u.Servers[name].Ready {
		t.Fatalf("before the start: %+v", u)
	}
	if a := code.Raw(t, http.MethodPost, server, nil); a.Status != http.StatusCreated && a.Status != http.StatusAccepted {
		t.Fatal(a)
	}
	// It asks each second for ten seconds, and then gives up.
	began, u := time.Now(), look()
	for !u.Servers[name].Ready {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the extension has given up")
		}
		u = look()
	}
	base := u.Servers[name].URL
	var specs struct{ Kernelspecs map[string]any }
	code.Get(t, base+"api/kernelspecs").Must(t, http.StatusOK, &specs)
	if specs.Kernelspecs["python3"] == nil {
		t.Errorf("kernels to choose from: %v", specs)
	}
	var kernel struct{ ID string }
	code.Send(t, http.MethodPost, base+"api/kernels", map[string]any{"name": "python3"}).Must(t, http.StatusCreated, &kernel)
	if got := kernelPrints(t, websocket.DefaultDialer, g.URL+base+"api/kernels/"+kernel.ID+"/channels?session_id=e2e&token="+token.Token, "print(6 * 7)"); got != "42\n" {
		t.Errorf("the cell printed %q", got)
	}
	if a := code.Send(t, http.MethodDelete, server, nil); a.Status != http.StatusAccepted && a.Status != http.StatusNoContent {
		t.Error(a)
	}
	if a := code.Send(t, http.MethodDelete, "/hub/api/users/alice/tokens/"+token.ID, nil); a.Status != http.StatusNoContent {
		t.Error(a)
	}
	if a := code.Get(t, "/hub/api/users/alice"); a.Status != http.StatusForbidden {
		t.Errorf("with a deleted token: %s", a)
	}
}

// kernelPrints executes code in a kernel, over a WebSocket whose only proof is the
// token in its address, and returns what it printed.
func kernelPrints(t *testing.T, dialer *websocket.Dialer, address, code string) string {
	t.Helper()
	conn, answer, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(address, "http"), nil)
	if err != nil {
		status := 0
		if answer != nil {
			status = answer.StatusCode
		}
		t.Fatalf("the kernel's WebSocket: %v, status %d", err, status)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	request := fmt.Sprintf(`{"header": {"msg_id": "m1", "username": "", "session": "e2e", "msg_type": "execute_request", "version": "5.3"},
		"parent_header": {}, "metadata": {}, "channel": "shell", "content": {"code": %q, "silent": false}}`, code)
	if err := conn.WriteMessage(websocket.TextMessage, []byte(request)); err != nil {
		t.Fatal(err)
	}
	printed := ""
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("before the cell's end: %v; printed %q", err, printed)
		}
		var message struct {
			Header struct {
				Type string `json:"msg_type"`
			} `json:"header"`
			Parent struct {
				ID string `json:"msg_id"`
			} `json:"parent_header"`
			Content struct {
				Text   string `json:"text"`
				Status string `json:"status"`
			} `json:"content"`
		}
		if json.Unmarshal(data, &message) != nil || message.Parent.ID != "m1" {
			continue
		}
		switch message.Header.Type {
		case "stream":
			printed += message.Content.Text
		case "execute_reply":
			if message.Content.Status != "ok" {
				t.Fatalf("the cell ended with %q", message.Content.Status)
			}
		}
		if printed != "" && message.Header.Type == "status" || message.Header.Type == "error" {
			return printed
		}
	}
}
