package agent

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/berth-hpc/berth/gateway/proxy"
	"github.com/berth-hpc/berth/gateway/tunnel"
)

// jupyter is one of the two servers, as a site's catalogue has it.
type jupyter struct {
	program string
	class   string // of its settings
	config  string // its file name, without the ending
	page    string
}

var jupyters = []jupyter{
	{"jupyter-notebook", "NotebookApp", "jupyter_notebook_config", "tree"},
	{"jupyter-server", "ServerApp", "jupyter_server_config", ""},
}

// TestJupyter holds the rule by which the gateway hands out an app's token
// against real servers: through proxy, tunnel and agent.
func TestJupyter(t *testing.T) {
	t.Parallel()
	for _, j := range jupyters {
		t.Run(j.program, func(t *testing.T) {
			t.Parallel()
			program, err := exec.LookPath(j.program)
			if err != nil {
				if os.Getenv("CI") != "" {
					t.Fatal(err)
				}
				t.Skip(j.program + " is not installed")
			}
			b := startJupyter(t, j, program)
			b.tokenIsNowhere()
			b.login()
			b.crossSite()
			b.apiToken()
			b.kernel()
			b.ownConfig()
		})
	}
}

// browser is somebody at the gateway, with a running Jupyter behind it.
type browser struct {
	*testing.T
	jupyter
	url    string // of the session, with a slash
	client *http.Client
	tmp    string
	site   *site
}

func startJupyter(t *testing.T, j jupyter, program string) *browser {
	t.Helper()
	m := tunnel.Manifest{
		Owner: "alice", BasePath: "/user/alice/lab/", Token: testToken, Listen: tunnel.ListenUnix,
		Command: []string{
			program, "--no-browser", "--" + j.class + ".sock=${SOCKET}", "--" + j.class + ".base_url=${BASE_PATH}",
			"--" + j.class + ".allow_remote_access=True",
		},
		Env:   map[string]string{"JUPYTER_CONFIG_PATH": "${DIR}/jupyter"},
		Files: map[string]string{"jupyter/" + j.config + ".json": `{"` + j.class + `":{"token":"${TOKEN}"}}`},
		Ready: tunnel.ReadyCheck{Path: "/user/alice/lab/api", Timeout: time.Minute},
		Activity: tunnel.ActivityCheck{
			Format: tunnel.ActivityJupyter, Headers: map[string]string{"Authorization": "token ${TOKEN}"},
		},
	}
	if os.Getuid() == 0 {
		m.Command = append(m.Command, "--allow-root")
	}
	s := startSite(t, m)
	r := startAgent(t, s.hello(), func(c *Config, env map[string]string) {
		c.sampleEvery = 200 * time.Millisecond
		// What the user has set for themselves, a token among it.
		own := filepath.Join(env["HOME"], ".jupyter", j.config+".py")
		text := "c." + j.class + ".token = 'their own'\nc." + j.class + ".terminals_enabled = False\n"
		if err := os.MkdirAll(filepath.Dir(own), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(own, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s said:\n%s", j.program, r.output)
		}
	})
	ready := await[tunnel.Ready](s)
	t.Logf("%s is ready after %s", j.program, ready.After.Round(time.Millisecond))

	p := proxy.New(proxy.Options{Dialer: s.Registry, Cookies: []string{"berth_login"}, Logger: logger(t)})
	public := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		target := proxy.Target{
			Session: "s1", Attempt: 1, BasePath: "/user/alice/lab/", User: "alice",
			Inject: http.Header{"Authorization": {"token " + testToken}}, InjectOn: proxy.InjectReads,
		}
		if q.Header.Get("Authorization") == "Bearer an API token" {
			target.InjectOn = proxy.InjectAll
		}
		p.ServeHTTP(w, q, target)
	}))
	t.Cleanup(func() {
		p.Forget("s1")
		_ = p.Close(t.Context()) // which has ended
		public.Close()
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{T: t, jupyter: j, url: public.URL + "/user/alice/lab/", tmp: r.tmp, site: s, client: &http.Client{
		Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// do sends a request and returns status and body.
func (b *browser) do(method, path, body string, header ...string) (int, []byte) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return resp.StatusCode, got
}

func (b *browser) want(status int, what, method, path, body string, header ...string) {
	b.Helper()
	if got, text := b.do(method, path, body, header...); got != status {
		b.Errorf("%s: %s %s answered %d, want %d: %.200s", what, method, path, got, status, text)
	}
}

func (b *browser) cookie(prefix string) string {
	at, err := url.Parse(b.url)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(at) {
		if strings.HasPrefix(c.Name, prefix) {
			return c.Value
		}
	}
	return ""
}

// tokenIsNowhere looks at the app's process from outside.
func (b *browser) tokenIsNowhere() {
	b.Helper()
	found := false
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range lines {
		cmdline, _ := os.ReadFile(name) //nolint:gosec // of /proc
		if !bytes.Contains(cmdline, []byte(b.tmp+"/")) {
			continue
		}
		found = true
		env, err := os.ReadFile(filepath.Join(filepath.Dir(name), "environ")) //nolint:gosec // of /proc
		if err != nil || bytes.Contains(cmdline, []byte(testToken)) || bytes.Contains(env, []byte(testToken)) {
			b.Errorf("%s: the token is in its arguments or environment (%v)", name, err)
		}
	}
	if !found {
		b.Error("no process has the socket in its arguments")
	}
}

// login: a page gives the browser Jupyter's own cookies, for the session's paths
// only.
func (b *browser) login() {
	b.Helper()
	b.want(http.StatusOK, "the first page", "GET", b.page, "")
	if b.cookie("username-") == "" || b.cookie("_xsrf") == "" {
		b.Error("Jupyter's cookies did not come")
	}
	root, _ := url.Parse(strings.TrimSuffix(b.url, "/user/alice/lab/") + "/")
	if got := b.client.Jar.Cookies(root); len(got) != 0 {
		b.Errorf("the gateway's own pages would be sent %v", got)
	}
}

// crossSite: what changes something is judged by Jupyter, not by the gateway's
// login.
func (b *browser) crossSite() {
	b.Helper()
	const body = `{"type":"notebook"}`
	b.want(http.StatusForbidden, "without the XSRF header", "POST", "api/contents", body)
	b.want(http.StatusCreated, "with the XSRF header", "POST", "api/contents", body, "X-XSRFToken", b.cookie("_xsrf"))
	b.want(http.StatusNotFound, "from another origin", "POST", "api/contents", body, "X-XSRFToken", b.cookie("_xsrf"), "Origin", "http://evil.example")
	jar := b.client.Jar
	b.client.Jar = nil
	b.want(http.StatusOK, "a read of one's own page", "GET", "api/contents", "", "Sec-Fetch-Site", "same-origin")
	b.want(http.StatusForbidden, "a read embedded elsewhere", "GET", "api/contents", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors")
	b.want(http.StatusForbidden, "a POST without anything", "POST", "api/contents", body)
	b.client.Jar = jar
}

// apiToken: a request signed with a token of the gateway's may do everything,
// without cookies.
func (b *browser) apiToken() {
	b.Helper()
	jar := b.client.Jar
	b.client.Jar = nil
	defer func() { b.client.Jar = jar }()
	b.want(http.StatusCreated, "signed", "POST", "api/contents", `{"type":"file"}`, "Authorization", "Bearer an API token")
}

// kernel: code runs, over a WebSocket with Jupyter's cookie.
func (b *browser) kernel() {
	b.Helper()
	status, body := b.do("POST", "api/kernels", `{"name":"python3"}`, "X-XSRFToken", b.cookie("_xsrf"))
	var kernel struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &kernel); err != nil || status != http.StatusCreated {
		b.Fatalf("no kernel: %d %.200s", status, body)
	}
	channels := "ws" + strings.TrimPrefix(b.url, "http") + "api/kernels/" + kernel.ID + "/channels?session_id="
	dial := func(id, origin string, jar http.CookieJar) (*websocket.Conn, int) { // of a refused id Jupyter waits for an end

		d := websocket.Dialer{Jar: jar, HandshakeTimeout: time.Minute}
		ws, resp, err := d.DialContext(b.Context(), channels+id, http.Header{"Origin": {origin}})
		if resp == nil {
			b.Fatalf("a WebSocket from %s: %v", origin, err)
		}
		_ = resp.Body.Close()
		return ws, resp.StatusCode
	}
	own := strings.TrimSuffix(b.url, "/user/alice/lab/")
	if _, status := dial("a", "http://evil.example", b.client.Jar); status != http.StatusForbidden {
		b.Errorf("a WebSocket from another origin: %d", status)
	}
	if _, status := dial("b", own, nil); status != http.StatusForbidden {
		b.Errorf("a WebSocket without Jupyter's cookie: %d", status)
	}
	ws, status := dial("x", own, b.client.Jar)
	if status != http.StatusSwitchingProtocols {
		b.Fatalf("a WebSocket of one's own page: %d", status)
	}
	defer func() { _ = ws.Close() }()
	execute := func(code string) {
		request := `{"header":{"msg_id":"m1","username":"","session":"x","msg_type":"execute_request","version":"5.3"},` +
			`"parent_header":{},"metadata":{},"channel":"shell","buffers":[],` +
			`"content":{"code":"` + code + `","silent":false,"store_history":false,"user_expressions":{},"allow_stdin":false}}`
		if err := ws.WriteMessage(websocket.TextMessage, []byte(request)); err != nil {
			b.Fatal(err)
		}
	}
	execute("print(6*7)")
	_ = ws.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		_, message, err := ws.ReadMessage()
		if err != nil {
			b.Fatalf("the kernel did not answer: %v", err)
		}
		if bytes.Contains(message, []byte(`"stream"`)) && bytes.Contains(message, []byte(`42\n`)) {
			break
		}
	}
	b.activity(1, 0)
	execute("import time; time.sleep(600)") // silent, and busy
	b.activity(1, 1)
	b.want(http.StatusNoContent, "interrupt", "POST", "api/kernels/"+kernel.ID+"/interrupt", "", "X-XSRFToken", b.cookie("_xsrf"))
	b.activity(1, 0)
}

// activity waits until the agent reports so many kernels.
func (b *browser) activity(kernels, busy int) {
	b.Helper()
	for {
		u := await[tunnel.Usage](b.site)
		if u.App != nil && u.App.Kernels == kernels && u.App.Busy == busy && !u.App.LastAt.IsZero() {
			return
		}
	}
}

// ownConfig: what users set for themselves still holds, but for the token.
func (b *browser) ownConfig() {
	b.Helper()
	b.want(http.StatusNotFound, "terminals, which its user has turned off", "GET", "api/terminals", "")
}
