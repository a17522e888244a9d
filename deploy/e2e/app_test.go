package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// mirrorApp is a catalogue entry of the site's own: it answers with what it was
// asked, and tries to sign its visitors in as somebody else.
const mirrorApp = `  - id: mirror
    name: Mirror
    command: [/usr/bin/python3, "${DIR}/mirror.py", "${SOCKET}"]
    ready_path: ready
    files:
      mirror.py: |
        import http.server, socketserver, sys, threading
        class Mirror(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                body = (self.requestline + "\n" + str(self.headers) + "\nport %d\n" % beside.server_port).encode()
                self.send_response(200)
                self.send_header("Set-Cookie", "own=1; Path=/")
                for name in ("berth_login", "__Host-berth_login", "BERTH_x"):
                    self.send_header("Set-Cookie", name + "=evil; Path=/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def address_string(self):
                return "somebody"
        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            pass
        beside = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
        threading.Thread(target=beside.serve_forever, daemon=True).start()
        Server(sys.argv[1], Mirror).serve_forever()
`

// ownApp shows what an app that a site adds gets to know of a request, and what
// it can do to the browser.
func ownApp(t *testing.T, g *site.Gateway) {
	dave := client.SignIn(t, g.URL, "dave")
	program := dave.WithToken(t)
	g.Secret(program.Token)
	request := client.Small("mirror")
	request["app"] = "mirror"
	s := dave.Ready(t, request)
	var login string
	for _, c := range dave.Cookies(t) {
		login = c.Value
	}
	if login == "" {
		t.Fatal("dave has no cookie")
	}
	for name, who := range map[string]*client.Client{"a browser": dave, "a program": program} {
		a := who.Raw(t, http.MethodGet, s.At("a%2Fb//c;d?e=f%20g"), nil, "X-Berth-User", "alice", "Cookie", "mine=2", "X-Forwarded-User", "root")
		if a.Status != http.StatusOK {
			t.Fatal(a)
		}
		seen := string(a.Body)
		if !strings.HasPrefix(seen, "GET "+s.At("a%2Fb//c;d?e=f%20g")+" HTTP/1.1\n") {
			t.Errorf("%s: the address has changed on its way: %s", name, seen)
		}
		if !strings.Contains(seen, "X-Berth-User: dave\n") || strings.Contains(seen, "alice") {
			t.Errorf("%s: the app does not know who asks: %s", name, seen)
		}
		for what, secret := range map[string]string{"the login": login, "the API token": program.Token} {
			if strings.Contains(seen, secret) {
				t.Errorf("%s: the app learns %s: %s", name, what, strings.ReplaceAll(seen, secret, "****"))
			}
		}
		for _, line := range a.Header.Values("Set-Cookie") {
			if strings.Contains(line, "evil") || !strings.Contains(line, "Path="+s.At("")) && !strings.Contains(line, "Path="+strings.TrimSuffix(s.At(""), "/")) {
				t.Errorf("%s: the app sets %q", name, line)
			}
		}
	}
	dave.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
	besideApp(t, g, dave, s, login)
}

var besideAt = regexp.MustCompile(`(?m)^port (\d+)$`)

// besideApp opens a port on which a program of the job listens beside its app.
func besideApp(t *testing.T, g *site.Gateway, dave *client.Client, s client.Session, login string) {
	t.Helper()
	m := besideAt.FindSubmatch(dave.Raw(t, http.MethodGet, s.At(""), nil).Body)
	if m == nil {
		t.Fatal("the app does not say its port")
	}
	at := s.At("port/" + string(m[1]))
	if a := dave.Raw(t, http.MethodGet, at+"?x=1", nil); a.Status != http.StatusPermanentRedirect || a.Header.Get("Location") != at+"/?x=1" {
		t.Errorf("a port without a slash: %d to %q", a.Status, a.Header.Get("Location"))
	}
	seen := string(dave.Raw(t, http.MethodGet, at+"/a%2Fb?c=d", nil).Body)
	if !strings.HasPrefix(seen, "GET /a%2Fb?c=d HTTP/1.1\n") || !strings.Contains(seen, "X-Forwarded-Prefix: "+at+"\n") {
		t.Errorf("the port saw %s", seen)
	}
	if strings.Contains(seen, "Authorization") || strings.Contains(seen, login) {
		t.Error("the port learns a secret")
	}
	client.SignIn(t, g.URL, "bob").Get(t, at+"/").Must(t, http.StatusNotFound, nil)
	// The gateway itself listens on the same machine, for somebody else.
	gateway, err := url.Parse(g.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range []string{gateway.Port(), "1"} {
		if a := dave.Raw(t, http.MethodGet, s.At("port/"+port+"/"), nil); a.Status != http.StatusBadGateway && a.Status != http.StatusNotFound {
			t.Errorf("port %s, which is not the owner's, answers %d", port, a.Status)
		}
	}
}
