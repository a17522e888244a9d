package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var assetPattern = regexp.MustCompile(`/static/[a-z0-9-]+\.[0-9a-f]{12}\.[a-z0-9]+`)

func TestStaticFilesAreHashedAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	urls := assetPattern.FindAllString(w.get("alice", "/").Body.String(), -1)
	css := ""
	for _, u := range urls {
		if strings.HasSuffix(u, ".css") {
			css = w.get("", u).Body.String()
		}
	}
	urls = append(urls, assetPattern.FindAllString(css, -1)...)
	if len(urls) < 7 {
		t.Fatalf("few files: %q", urls)
	}
	for _, u := range urls {
		rec := w.get("", u)
		if rec.Code != http.StatusOK || rec.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d %v", u, rec.Code, rec.Header())
		}
		if rec.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: encoded for somebody who did not ask", u)
		}
		r := httptest.NewRequest(http.MethodGet, u, nil)
		r.Header.Set("Accept-Encoding", "br, gzip;q=0.8")
		packed := httptest.NewRecorder()
		w.http.ServeHTTP(packed, r)
		if packed.Header().Get("Content-Encoding") == "" {
			if !strings.HasSuffix(u, ".woff2") {
				t.Errorf("%s: not compressed", u)
			}
			continue
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(z); err != nil || !bytes.Equal(body, rec.Body.Bytes()) {
			t.Errorf("%s: the compressed file differs: %v", u, err)
		}
	}
	for _, gone := range []string{"/static/berth.css", "/static/berth.000000000000.css", "/static/..%2fdoc.go"} {
		if rec := w.get("", gone); rec.Code != http.StatusNotFound || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", gone, rec.Code, rec.Header())
		}
	}
	if strings.Contains(css, "http:") || strings.Contains(css, "https:") {
		t.Error("the style sheet asks another host")
	}
}

func TestAcceptsGzip(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "br, gzip": true, "gzip;q=1": true, "gzip; q=0": false, "gzip;q=0.000": false,
		"deflate": false, "gzip;q=0.001": true,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", header)
		if got := acceptsGzip(r); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

// TestFontsAreTheOnesThatAreListed: what is not ours is pinned by its hash.
func TestFontsAreTheOnesThatAreListed(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("../../THIRD_PARTY.md")
	if err != nil {
		t.Fatal(err)
	}
	fonts, err := fs.Glob(staticFiles, "static/font/*.woff2")
	if err != nil || len(fonts) == 0 {
		t.Fatal(fonts, err)
	}
	for _, f := range fonts {
		body, err := staticFiles.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf("| `%s` | `%x` |", path.Base(f), sha256.Sum256(body)); !strings.Contains(string(list), line) {
			t.Errorf("THIRD_PARTY.md has no line %s", line)
		}
	}
}
