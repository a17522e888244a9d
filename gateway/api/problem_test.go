package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestWriteProblem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	schema := at(s.doc.root, "components", "schemas", "Problem")
	for name, c := range map[string]struct {
		problem api.Problem
		status  int
		want    string
	}{
		"bare": {api.Problem{Status: 404}, 404, `{"type":"about:blank","title":"Not Found","status":404}`},
		"full": {api.Problem{
			Type: "https://example.org/limit", Title: "No", Status: 403, Detail: "<no>", Instance: "/api/v1/x", RequestID: "r",
			Errors: []session.Fault{{Message: "m"}}, Limit: &limit.Denied{Rule: "fair", Limit: "gpus", What: "GPUs", Max: "1", Source: "us"}, RetryAfter: 7,
		}, 403, `{"type":"https://example.org/limit","title":"No","status":403,"detail":"\u003cno\u003e","instance":"/api/v1/x",` +
			`"request_id":"r","errors":[{"field":"","message":"m"}],"retry_after":7,"limit":{"rule":"fair","limit":"gpus","field":"","what":"GPUs","max":"1","source":"us"}}`},
		"no status":       {api.Problem{Title: "Oops"}, 500, `{"type":"about:blank","title":"Oops","status":500}`},
		"no error at all": {api.Problem{Status: 200}, 500, `{"type":"about:blank","title":"Internal Server Error","status":500}`},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Length", "9999")
		api.WriteProblem(w, c.problem)
		if w.Code != c.status || w.Body.String() != c.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		want := http.Header{
			"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"},
		}
		if c.problem.RetryAfter > 0 {
			want.Set("Retry-After", "7")
		}
		if diff := gocmp.Diff(want, w.Header()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		for _, fault := range s.doc.validate(t, schema, decode[any](t, w.Body.Bytes()), name) {
			t.Error(fault)
		}
		if again, err := json.Marshal(c.problem); err != nil || c.problem.Status == 403 && string(again) != c.want {
			t.Errorf("%s: marshalled on its own it is %s, %v", name, again, err)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	good := newSite(t).config()
	if _, err := api.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*api.Config){
		"no sessions": func(c *api.Config) { c.Sessions = nil },
		"no logins":   func(c *api.Config) { c.Logins = nil },
		"no clock":    func(c *api.Config) { c.Now = nil },
		"no URL":      func(c *api.Config) { c.PublicURL = "" },
		"no scheme":   func(c *api.Config) { c.PublicURL = "berth.example.org" },
		"a path":      func(c *api.Config) { c.PublicURL = "/berth" },
		"a password":  func(c *api.Config) { c.PublicURL = "https://me:secret@berth.example.org" },
		"a query":     func(c *api.Config) { c.PublicURL = "https://berth.example.org/?x=1" },
	} {
		c := good
		spoil(&c)
		if _, err := api.New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
