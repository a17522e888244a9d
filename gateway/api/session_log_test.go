package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestLogHasTheNewestLines(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.launch("alice", `{}`).ID
	path := "/sessions/" + string(id) + "/log"
	if r := s.get("alice", path); string(r.body) != `{"lines":[]}` {
		t.Errorf("an empty log is %s", r.body)
	}
	var lines []string
	for i := range 300 {
		lines = append(lines, fmt.Sprint("line ", i+1))
	}
	s.print(id, lines...)
	for query, want := range map[string]struct{ first, last, n int64 }{
		"":                           {101, 300, 200},
		"?tail=3":                    {298, 300, 3},
		"?tail=2000":                 {1, 300, 300},
		"?after=298":                 {299, 300, 2},
		"?after=100&tail=5":          {296, 300, 5},
		"?after=300":                 {},
		"?after=9223372036854775807": {},
		"?tail=0":                    {},
	} {
		r := s.get("alice", path+query)
		r.want(t, http.StatusOK)
		got := decode[api.LogLines](t, r.body).Lines
		if int64(len(got)) != want.n || want.n > 0 && (got[0].Seq != want.first || got[want.n-1].Seq != want.last) {
			t.Errorf("%s: %d lines", query, len(got))
		}
		for _, l := range got {
			if l.Text != fmt.Sprint("line ", l.Seq) || l.Stream != "stdout" || !l.At.Equal(noon) {
				t.Fatalf("%s: %+v", query, l)
			}
		}
	}
	for _, query := range []string{"?tail=-1", "?tail=2001", "?tail=x", "?tail=", "?tail=9999999999999999999", "?after=-1", "?after=1.5"} {
		r := s.get("alice", path+query)
		r.want(t, http.StatusUnprocessableEntity)
		if got := faults(t, r); len(got) != 1 || !strings.HasPrefix(query, "?"+got[0]) {
			t.Errorf("%s: faults %q", query, got)
		}
	}
	s.store.Fail(session.ErrStore)
	s.get("alice", path).want(t, http.StatusServiceUnavailable)
}

func TestLogAsText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.launch("alice", `{}`).ID
	s.print(id, "<script>alert(1)</script>", "broken \xff", "")
	path := "/sessions/" + string(id) + "/log"
	const plain = "<script>alert(1)</script>\nbroken \ufffd\n\n"
	for accept, text := range map[string]bool{
		"":                                  false,
		"*/*":                               false,
		"application/json":                  false,
		"text/plain":                        true,
		"text/*":                            true,
		"text/plain, */*":                   true,
		"TEXT/PLAIN;q=0.5":                  true,
		"text/plain;q=0":                    false,
		"application/json, text/plain, */*": false,
		"application/json;q=0.5, text/plain;q=0.6": true,
		"text/plain;q=0.1, */*":                    false,
		"text/html, */*;q=0.8":                     false,
		";;;, text/plain":                          true,
		"text/plain;q=NaN":                         false,
		"text/plain;q=much":                        false,
	} {
		r := s.get("alice", path, "Accept", accept)
		r.want(t, http.StatusOK)
		if kind := r.header.Get("Content-Type"); strings.HasPrefix(kind, "text/plain") != text {
			t.Errorf("%q: %s", accept, kind)
		}
		if text && string(r.body) != plain {
			t.Errorf("%q: %q", accept, r.body)
		}
		if text && r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Error("a browser may take it for HTML")
		}
		if r.header.Get("Vary") != "Accept" {
			t.Error("no Vary")
		}
	}
}

// Whatever a client puts into Accept, the answer is the log.
func FuzzAccept(f *testing.F) {
	s := newSite(f)
	id := s.launch("alice", `{}`).ID
	s.print(id, "hello")
	for _, seed := range []string{"text/plain", "*/*;q=0.1,text/plain;q=1e9", "text/plain;q=\"", ",,,", "a/b;c=d;c=e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, api.Base+"/sessions/"+string(id)+"/log", nil)
		req.Header.Set("Test-Caller", "alice")
		req.Header["Accept"] = []string{accept}
		w := httptest.NewRecorder()
		s.engine.ServeHTTP(w, req)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "hello") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
