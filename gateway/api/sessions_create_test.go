package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestCreateSubmitsWhatWasAsked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := s.post("alice", "/sessions", `{
		"name": "training", "app": "lab", "cluster": "main", "queue": "gpu", "account": "phys", "qos": "high",
		"gpus": 2, "gpu_type": "a100", "cpus": "4", "memory": "2G", "time_limit": "1h30m"}`)
	r.want(t, http.StatusCreated)
	got := decode[api.Session](t, r.body)
	if want := publicURL + "/api/v1/sessions/" + string(got.ID); r.header.Get("Location") != want {
		t.Errorf("Location %q, want %q", r.header.Get("Location"), want)
	}
	job := s.scheduler.IDs()[0]
	script := s.scheduler.Script(job)
	if script.Queue != "gpu" || script.Account != "phys" || script.QOS != "high" || script.TimeLimit != batch.Duration(90*time.Minute) ||
		script.Resources != (batch.Resources{Nodes: 1, CPUs: 4, Memory: 2 * batch.GiB, GPUs: 2, GPUType: "a100"}) {
		t.Errorf("submitted %+v", script)
	}
	memory, kind, account, qos := int64(2<<30), "a100", "phys", "high"
	want := api.Session{
		ID: got.ID, Name: "training", Owner: "alice", App: "lab", State: session.Queued, Headline: got.Headline,
		URL:     publicURL + "/user/alice/training/",
		Cluster: "main", Queue: "gpu", Account: &account, QOS: &qos,
		Resources: api.Resources{Nodes: 1, CPUs: 4, Memory: &memory, GPUs: 2, GPUType: &kind},
		TimeLimit: "1h30m", TimeLimitSeconds: 5400, JobID: &job, Attempt: 1,
		CreatedAt: noon, QueuedAt: got.QueuedAt, JobState: got.JobState,
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCreateTakesDefaults(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i, body := range []string{`{}`, ` { } `, `{"name": null, "gpus": null, "memory": null}`, `{"queue": ""}`} {
		got := s.launch("alice", body)
		if want := "notebook" + map[bool]string{true: fmt.Sprint("-", i+1)}[i > 0]; got.Name != want || got.Queue != "cpu" || got.TimeLimit != "1h" {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

func TestCreateReadsAmounts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for body, want := range map[string]batch.Resources{
		`{"cpus": 2, "memory": 1073741824}`: {Nodes: 1, CPUs: 2, Memory: batch.GiB},
		`{"cpus": "2", "memory": "512M"}`:   {Nodes: 1, CPUs: 2, Memory: 512 * batch.MiB},
		`{"memory": "1.5GiB"}`:              {Nodes: 1, CPUs: 1, Memory: 1536 * batch.MiB},
	} {
		got := s.launch("alice", body)
		if script := s.scheduler.Script(*got.JobID); script.Resources != want {
			t.Errorf("%s: %+v", body, script.Resources)
		}
	}
}

// faults are the fields at fault, in order.
func faults(t *testing.T, r reply) (fields []string) {
	t.Helper()
	for _, f := range decode[api.Problem](t, r.body).Errors {
		fields = append(fields, f.Field)
	}
	return fields
}

func TestCreateNamesTheFieldAtFault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	digits := strings.Repeat("9", 5000)
	for body, want := range map[string]string{
		`{"colour": "red"}`:                        "colour",
		`{"Name": "x"}`:                            "Name",
		`{"": "x"}`:                                "",
		`{"name": "Ünïcode"}`:                      "name",
		`{"name": "../etc"}`:                       "name",
		`{"name": 7}`:                              "name",
		`{"name": ["x"]}`:                          "name",
		`{"app": "vim"}`:                           "app",
		`{"app": true}`:                            "app",
		`{"cluster": "moon"}`:                      "cluster",
		`{"queue": "nosuch"}`:                      "queue",
		`{"queue": {"name": "cpu"}}`:               "queue",
		`{"account": "a b"}`:                       "account",
		`{"qos": "-x"}`:                            "qos",
		`{"gpus": 1}`:                              "gpus",
		`{"gpus": -1}`:                             "gpus",
		`{"gpus": 1.5, "queue": "gpu"}`:            "gpus",
		`{"gpus": 1e400, "queue": "gpu"}`:          "gpus",
		`{"gpus": ` + digits + `, "queue": "gpu"}`: "gpus",
		`{"gpus": false}`:                          "gpus",
		`{"gpus": 1, "gpu_type": "h100", "queue": "gpu"}`: "gpu_type",
		`{"cpus": 0}`:                           "cpus",
		`{"cpus": 99}`:                          "cpus",
		`{"memory": 16}`:                        "memory",
		`{"memory": "16 sacks"}`:                "memory",
		`{"memory": -1}`:                        "memory",
		`{"memory": 1e99}`:                      "memory",
		`{"memory": ` + digits + `}`:            "memory",
		`{"time_limit": 3600}`:                  "time_limit",
		`{"time_limit": "60"}`:                  "time_limit",
		`{"time_limit": "99d"}`:                 "time_limit",
		`{"time_limit": "\u0000"}`:              "time_limit",
		`{"name": 1, "cpus": [], "app": "lab"}`: "name cpus",
	} {
		r := s.post("alice", "/sessions", body)
		r.want(t, http.StatusUnprocessableEntity)
		if got := strings.Join(faults(t, r), " "); got != want {
			t.Errorf("%.80s: faults in %q, want %q: %.500s", body, got, want, r.body)
		}
		if len(r.body) > 2000 {
			t.Errorf("%.80s: an answer of %d bytes", body, len(r.body))
		}
	}
	if n := len(s.scheduler.IDs()); n > 0 {
		t.Errorf("%d jobs were submitted all the same", n)
	}
}

func TestCreateSaysWhyABareTimeIsRefused(t *testing.T) {
	t.Parallel()
	r := newSite(t).post("alice", "/sessions", `{"time_limit": 60}`)
	r.want(t, http.StatusUnprocessableEntity)
	want := []session.Fault{{
		Field: "time_limit", Asked: "60", Possible: "a span like 1h30m or 2d",
		Message: "a time limit without a unit could be minutes or seconds; write it like 90m or 1h30m",
	}}
	if diff := gocmp.Diff(want, decode[api.Problem](t, r.body).Errors); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCreateRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	many := "{"
	for i := range 65 {
		many += fmt.Sprintf(`"f%d": 1,`, i)
	}
	many = many[:len(many)-1] + "}"
	for body, where := range map[string]string{
		"":                                       "empty",
		" \n":                                    "empty",
		`{`:                                      "byte 1",
		`{"name": "x"`:                           "byte 12",
		`{"name": "x",}`:                         "byte 14",
		`{"name": x}`:                            "byte 10",
		`{'name': 'x'}`:                          "byte 2",
		`{"name": "x"} {}`:                       "byte 15",
		`null`:                                   "not a JSON object",
		`[]`:                                     "not a JSON object",
		`"name"`:                                 "not a JSON object",
		`{"name": "x", "name": "y"}`:             "twice",
		`{"name": "x", "n\u0061me": "y"}`:        "twice",
		"{\"name\": \"\xff\"}":                   "byte 10",
		`{"name": 01}`:                           "byte 11",
		`{"name": NaN}`:                          "byte 10",
		strings.Repeat("[", 12000):               "depth",
		strings.Repeat(`{"a":`, 3000):            "byte 15000",
		many:                                     "members",
		`{"` + strings.Repeat("n", 65) + `": 1}`: "name is longer",
		"\ufeff{}":                               "byte 1",
	} {
		r := s.post("alice", "/sessions", body)
		r.want(t, http.StatusBadRequest)
		if detail := decode[api.Problem](t, r.body).Detail; !strings.Contains(detail, where) {
			t.Errorf("%.60q: %q does not say %q", body, detail, where)
		}
	}
	deep := `{"name": ` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + `}`
	r := s.post("alice", "/sessions", deep)
	r.want(t, http.StatusUnprocessableEntity)
	if got := faults(t, r); len(got) != 1 || got[0] != "name" {
		t.Errorf("deep JSON: %q", got)
	}
}

func TestCreateBoundsTheBody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	fits := `{"name": "` + strings.Repeat("x", api.MaxBody-12) + `"}`
	s.post("alice", "/sessions", fits).want(t, http.StatusUnprocessableEntity)
	s.post("alice", "/sessions", fits+" ").want(t, http.StatusRequestEntityTooLarge)
}

func TestCreateTakesOnlyJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, kind := range []string{
		"", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/json",
		"application/json; charset=latin1", "application/jsonp", ";",
	} {
		r := s.ask("alice", http.MethodPost, "/sessions", `{}`, "Content-Type", kind)
		if r.status != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %d", kind, r.status)
		}
	}
	s.post("alice", "/sessions", `{}`, "Content-Encoding", "gzip").want(t, http.StatusUnsupportedMediaType)
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
		s.ask("alice", http.MethodPost, "/sessions", `{}`, "Content-Type", kind).want(t, http.StatusCreated)
	}
}

func TestCreateAnswersRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.launch("alice", `{"name": "one"}`)
	s.post("alice", "/sessions", `{"name": "one"}`).want(t, http.StatusConflict)
	s.launch("bob", `{"name": "one"}`) // a name is only taken for its owner

	r := s.post("bob", "/sessions", `{"queue": "gpu", "gpus": 2}`)
	r.want(t, http.StatusForbidden)
	type refusal struct{ Limit api.Limit }
	want := api.Limit{
		Rule: fairShare.ID, Limit: "session.gpus", Field: "gpus", What: "GPUs per session", Want: "2", Max: "1",
		For: "group students", SetBy: "carol", Source: "a limit of this site", Note: "fair share",
	}
	if diff := gocmp.Diff(want, decode[refusal](t, r.body).Limit); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	s.scheduler.RefuseNext(&batch.Rejected{Field: "account", Reason: "There is no such account"})
	s.post("alice", "/sessions", `{"account": "x"}`).want(t, http.StatusUnprocessableEntity)

	s.post("alice", "/sessions", `{"cluster": "far"}`).want(t, http.StatusServiceUnavailable)
	s.scheduler.SetUnavailable(true)
	r = s.post("alice", "/sessions", `{}`)
	r.want(t, http.StatusServiceUnavailable)
	if r.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.store.Fail(fmt.Errorf("gone: %w", session.ErrStore))
	s.post("alice", "/sessions", `{}`).want(t, http.StatusServiceUnavailable)
}

func TestNobodyLaunchesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.post("", "/sessions", `{}`).want(t, http.StatusUnauthorized)
	if all, err := s.store.List(context.Background(), session.Filter{}); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
}

// A misspelt field is said to be none, whatever kind its value has.
func TestCreateNamesUnknownFields(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, value := range []string{`"1"`, `1`, `true`, `[1]`, `{}`} {
		r := s.post("alice", "/sessions", `{"gpu": `+value+`}`)
		r.want(t, http.StatusUnprocessableEntity)
		p := decode[api.Problem](t, r.body)
		if len(p.Errors) != 1 || p.Errors[0].Field != "gpu" || !strings.Contains(p.Errors[0].Message, "no field") || !strings.Contains(p.Errors[0].Possible, "gpus") {
			t.Errorf("%s: %+v", value, p.Errors)
		}
	}
}
