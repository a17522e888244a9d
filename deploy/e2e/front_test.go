package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// depotApp keeps what is uploaded in a file, tells its SHA-256 and gives it
// back.
const depotApp = `  - id: depot
    name: Depot
    command: [/usr/bin/python3, "${DIR}/depot.py", "${SOCKET}"]
    ready_path: ready
    files:
      depot.py: |
        import hashlib, http.server, os, shutil, socketserver, sys, tempfile
        kept = tempfile.TemporaryFile(dir=os.path.dirname(sys.argv[1]))
        class Depot(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                size = kept.seek(0, 2)
                kept.seek(0)
                self.send_response(200)
                self.send_header("Content-Length", str(size))
                self.end_headers()
                shutil.copyfileobj(kept, self.wfile, 1 << 20)
            def do_PUT(self):
                left, digest = int(self.headers["Content-Length"]), hashlib.sha256()
                while left:
                    piece = self.rfile.read(min(left, 1 << 20))
                    left -= len(piece)
                    digest.update(piece)
                    kept.write(piece)
                self.send_response(200)
                self.send_header("Content-Length", "64")
                self.end_headers()
                self.wfile.write(digest.hexdigest().encode())
            def address_string(self):
                return "somebody"
        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            pass
        Server(sys.argv[1], Depot).serve_forever()
`

// TestBehindNginx runs the sample for nginx as it ships, but for names and
// ports.
func TestBehindNginx(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("/usr/sbin/nginx")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no nginx here: install nginx-light")
	}
	front := site.FreeAddr(t)
	g := site.Prepare(t, "nginx", func(c *site.Config) {
		c.URL, c.Apps, c.More = "https://"+front, depotApp+mirrorApp, "trusted_proxies: [127.0.0.1/32]\n"
	})
	g.Run(t)
	certificate := runNginx(t, program, g, front)
	g.AwaitReady(t)
	alice := client.Anonymous(t, g.URL)
	alice.Trust(t, certificate)
	if a := alice.Login(t, "alice", "alice"); a.Status != http.StatusSeeOther {
		t.Fatal(a)
	}
	token := alice.WithToken(t)
	token.Trust(t, certificate)
	g.Secret(token.Token)
	kernelThrough(t, token)
	largeThrough(t, alice)
	clientThrough(t, alice)
}

// runNginx starts nginx until the test is over, in a folder of its own, and
// returns its certificate.
func runNginx(t *testing.T, program string, g *site.Gateway, front string) string {
	t.Helper()
	sample, err := os.ReadFile("../nginx/berth.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate := site.MakeCertificate(t, dir)
	text := string(sample)
	for from, to := range map[string]string{
		"listen 443 ssl;": "listen " + front + " ssl;", "listen 80;": "listen " + site.FreeAddr(t) + ";",
		"server 127.0.0.1:8000;": "server " + g.Listen + ";", "/etc/ssl/certs/berth.pem": certificate, "/etc/ssl/private/berth.key": certificate,
	} {
		if strings.Count(text, from) != 1 {
			t.Fatalf("the sample has %q %d times", from, strings.Count(text, from))
		}
		text = strings.Replace(text, from, to, 1)
	}
	around := "daemon off;\nuser root;\nworker_processes 1;\npid nginx.pid;\nerror_log stderr warn;\nevents { worker_connections 256; }\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		around += kind + "_temp_path " + filepath.Join(dir, kind) + ";\n"
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(around+text+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd := exec.Command(program, "-p", dir, "-e", "stderr", "-c", file)
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("nginx: %v: %s", err, said.String())
		}
	})
	return certificate
}

// kernelThrough runs code in a kernel, over a WebSocket.
func kernelThrough(t *testing.T, alice *client.Client) {
	t.Helper()
	s := alice.Ready(t, client.Small("behind"))
	var kernel struct{ ID string }
	alice.Send(t, http.MethodPost, s.At("api/kernels"), map[string]any{"name": "python3"}).Must(t, http.StatusCreated, &kernel)
	dialer := &websocket.Dialer{TLSClientConfig: alice.HTTP.Transport.(*http.Transport).TLSClientConfig}
	address := alice.Base + s.At("api/kernels/"+kernel.ID+"/channels") + "?token=" + alice.Token
	if got := kernelPrints(t, dialer, address, "print(6*7)"); got != "42\n" {
		t.Errorf("the kernel prints %q", got)
	}
	alice.Stop(t, s)
}

// largeThrough uploads a file and downloads it. FRONT_MB is its size, by
// default 256.
func largeThrough(t *testing.T, alice *client.Client) {
	t.Helper()
	size := int64(256) << 20
	if mb, err := strconv.ParseInt(os.Getenv("FRONT_MB"), 10, 32); err == nil {
		size = mb << 20
	}
	request := client.Small("depot")
	request["app"] = "depot"
	s := alice.Ready(t, request)
	patient := *alice.HTTP
	patient.Timeout = 10 * time.Minute

	sent := sha256.New()
	body := io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{1}), size), sent)
	began := time.Now()
	up, err := http.NewRequestWithContext(t.Context(), http.MethodPut, alice.Base+s.At("file"), body)
	if err != nil {
		t.Fatal(err)
	}
	up.ContentLength = size
	answer, err := patient.Do(up)
	if err != nil {
		t.Fatal(err)
	}
	told, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	want := hex.EncodeToString(sent.Sum(nil))
	if string(told) != want {
		t.Errorf("the app has %s, not %s (%s)", told, want, answer.Status)
	}
	t.Logf("%d MB went up in %s", size>>20, time.Since(began).Round(time.Millisecond))

	began = time.Now()
	down, err := http.NewRequestWithContext(t.Context(), http.MethodGet, alice.Base+s.At("file"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err = patient.Do(down); err != nil {
		t.Fatal(err)
	}
	got := sha256.New()
	n, err := io.Copy(got, answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil || n != size {
		t.Fatalf("%d of %d bytes: %v", n, size, err)
	}
	if hex.EncodeToString(got.Sum(nil)) != want {
		t.Error("the file has changed on its way down")
	}
	t.Logf("%d MB came down in %s", size>>20, time.Since(began).Round(time.Millisecond))
	alice.Stop(t, s)
}

// clientThrough checks that the client's own address arrives, whatever the
// client says that it is.
func clientThrough(t *testing.T, alice *client.Client) {
	t.Helper()
	request := client.Small("mirror")
	request["app"] = "mirror"
	s := alice.Ready(t, request)
	elsewhere := *alice
	transport := alice.HTTP.Transport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	transport.DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext
	browser := *alice.HTTP
	browser.Transport = transport
	elsewhere.HTTP = &browser
	a := elsewhere.Raw(t, http.MethodGet, s.At("a%2Fb//c"), nil, "X-Forwarded-For", "6.6.6.6", "X-Forwarded-Proto", "http",
		"Forwarded", "for=6.6.6.6", "X-Real-IP", "6.6.6.6")
	seen := string(a.Body)
	for _, want := range []string{"GET " + s.At("a%2Fb//c") + " ", "X-Forwarded-For: 127.0.0.2\n", "X-Forwarded-Proto: https\n"} {
		if !strings.Contains(seen, want) {
			t.Errorf("the app does not see %q: %s", want, seen)
		}
	}
	if strings.Contains(seen, "Forwarded-For: 6.6.6.6") {
		t.Errorf("a client has passed for another: %s", seen)
	}
	alice.Stop(t, s)
}
