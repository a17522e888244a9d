package sample

import (
	"bytes"
	"context"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func getenv(name string) string {
	return map[string]string{"CUDA_VISIBLE_DEVICES": "3, GPU-<x>", "USER": "alice"}[name]
}

func ask(t *testing.T, h http.Handler, method, path string, body *bytes.Buffer, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	if body == nil {
		body = &bytes.Buffer{}
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, body)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func form(t *testing.T, name, content string) (*bytes.Buffer, string) {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(content))
	_ = m.Close()
	return &body, m.FormDataContentType()
}

func TestPage(t *testing.T) {
	t.Parallel()
	h := newApp(Config{BasePath: "/user/alice/x/", Getenv: getenv}, t.TempDir())
	w := ask(t, h, http.MethodGet, "/user/alice/x/", nil, "X-Berth-User", "alice <b>")
	text := w.Body.String()
	for _, want := range []string{"<b>3</b>", "GPU-&lt;x&gt;", "alice &lt;b&gt;", `href="/user/alice/x/static/sample.css"`, `data-url="/user/alice/x/echo"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'self'") || strings.Contains(text, "<style") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for _, path := range []string{"healthz", "static/sample.css", "static/sample.js", "static/icon.svg"} {
		if w := ask(t, h, http.MethodGet, "/user/alice/x/"+path, nil); w.Code/100 != 2 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"page.tmpl", "static/../page.tmpl", "file/1", "file/x", "nothing"} {
		if w := ask(t, h, http.MethodGet, "/user/alice/x/"+path, nil); w.Code/100 == 2 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestUploads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := newApp(Config{BasePath: "/", Getenv: getenv}, dir)
	for i := range mostUploads + 2 {
		body, kind := form(t, "a\"b.txt", strings.Repeat("x", i))
		if w := ask(t, h, http.MethodPost, "/upload", body, "Content-Type", kind, "Sec-Fetch-Site", "same-origin"); w.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	if kept, _ := os.ReadDir(dir); len(kept) != mostUploads {
		t.Errorf("%d files are kept", len(kept))
	}
	if w := ask(t, h, http.MethodGet, "/file/1", nil); w.Code != http.StatusNotFound {
		t.Errorf("the oldest: %d", w.Code)
	}
	w := ask(t, h, http.MethodGet, "/file/10", nil)
	if w.Body.String() != strings.Repeat("x", 9) || w.Header().Get("Content-Disposition") != `attachment; filename="a\"b.txt"` {
		t.Errorf("%q, %v", w.Body, w.Header())
	}
	body, kind := form(t, "evil", "x")
	if w := ask(t, h, http.MethodPost, "/upload", body, "Content-Type", kind, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
	if w := ask(t, h, http.MethodPost, "/upload", nil); w.Code != http.StatusBadRequest {
		t.Errorf("no form: %d", w.Code)
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	h := newApp(Config{BasePath: "/", Getenv: getenv}, t.TempDir())
	if w := ask(t, h, http.MethodGet, "/stream?mib=2", nil); w.Body.Len() != 2<<20 {
		t.Errorf("%d bytes", w.Body.Len())
	}
	for _, mib := range []string{"", "0", "-1", "4097", "x"} {
		if w := ask(t, h, http.MethodGet, "/stream?mib="+mib, nil); w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", mib, w.Code)
		}
	}
}

func TestHuman(t *testing.T) {
	t.Parallel()
	for size, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1536: "1.5 KiB", 3 << 20: "3 MiB", 1 << 30: "1 GiB"} {
		if got := (upload{Size: size}).Human(); got != want {
			t.Errorf("%d: %q", size, got)
		}
	}
}

// TestRun: it listens where it is told, and is gone when it is told to end.
func TestRun(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, Config{Socket: socket, BasePath: "/", Getenv: getenv}) }()
	var conn net.Conn
	for conn == nil && len(ended) == 0 {
		conn, _ = net.Dial("unix", socket)
	}
	if conn == nil {
		t.Fatal(<-ended)
	}
	_ = conn.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := Run(t.Context(), Config{Socket: socket, BasePath: "x"}); err == nil {
		t.Error("a base path without slashes was taken")
	}
}
