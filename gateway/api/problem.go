package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// Problem is an RFC 9457 problem document, with our extensions.
type Problem struct {
	// Type is a URI that names the kind of problem; "" is written as
	// "about:blank", which says that Status is all there is to know.
	Type     string `json:"type"`
	Title    string `json:"title"`  // the same for every problem of the type
	Status   int    `json:"status"` // also the response's
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"`

	// RequestID finds the request in the gateway's log.
	RequestID string `json:"request_id,omitempty"`
	// Errors are the faults of a launch or token request, field by field.
	Errors []session.Fault `json:"errors,omitempty"`
	// Limit is the site's rule that refused.
	Limit *limit.Denied `json:"-"`
	// RetryAfter, in seconds, also goes into the header; 0: not said.
	RetryAfter int `json:"retry_after,omitempty"`
}

// Limit is a limit.Denied as problem documents write it.
type Limit struct {
	Rule    string `json:"rule,omitempty"` // its id; "" for one of the scheduler's
	Limit   string `json:"limit"`          // "gpus", "gpu-hours/week", "maintenance", ...
	Field   string `json:"field"`          // of the launch request, "" for all of it
	What    string `json:"what"`
	Have    string `json:"have,omitempty"`
	Want    string `json:"want,omitempty"`
	Max     string `json:"max,omitempty"`
	For     string `json:"for,omitempty"` // "everyone", "group ml", "user alice"
	SetBy   string `json:"set_by,omitempty"`
	Source  string `json:"source"`
	Note    string `json:"note,omitempty"`
	Until   string `json:"until,omitempty"` // RFC 3339
	Contact string `json:"contact,omitempty"`
}

func limitOf(d *limit.Denied) *Limit {
	l := &Limit{
		Rule: d.Rule, Limit: d.Limit, Field: d.Field, What: d.What, Have: d.Have, Want: d.Want, Max: d.Max,
		For: d.For, SetBy: d.SetBy, Source: d.Source, Note: d.Note, Contact: d.Contact,
	}
	if !d.Until.IsZero() {
		l.Until = d.Until.UTC().Format(time.RFC3339)
	}
	return l
}

// members are a problem document's, as they are written.
type members struct {
	bare
	Limit *Limit `json:"limit,omitempty"`
}

// bare is a Problem that is marshalled field by field.
type bare Problem

// MarshalJSON writes the problem document.
func (p Problem) MarshalJSON() ([]byte, error) {
	m := members{bare: bare(p)}
	if d := p.Limit; d != nil {
		m.Limit = limitOf(d)
	}
	return json.Marshal(m)
}

// WriteProblem answers with the problem as application/problem+json. A status
// that is no error is a 500.
func WriteProblem(w http.ResponseWriter, p Problem) {
	if p.Status < 400 || p.Status > 599 {
		p.Status = http.StatusInternalServerError
	}
	if p.Type == "" {
		p.Type = "about:blank"
	}
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	body, err := json.Marshal(p)
	if err != nil { // only strings and numbers: cannot happen
		body = []byte(`{"type":"about:blank","title":"Internal Server Error","status":500}`)
		p.Status = http.StatusInternalServerError
	}
	h := w.Header()
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="berth"`) // RFC 6750, section 3
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("Content-Length")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // whoever asked is gone; there is nobody to tell
}
