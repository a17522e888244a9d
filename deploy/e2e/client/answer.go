package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Answer is a response, read whole.
type Answer struct {
	What   string // "GET /path"
	Status int
	Header http.Header
	Body   []byte
}

// String is what a failed test shows.
func (a *Answer) String() string {
	body := string(a.Body)
	if len(body) > 800 {
		body = body[:800] + "..."
	}
	return fmt.Sprintf("%s answers %d %s: %s", a.What, a.Status, a.Header.Get("Content-Type"), body)
}

// Must reads the answer's JSON into a value (nil: none is expected) and ends
// the test when the status is another one.
func (a *Answer) Must(t testing.TB, status int, into any) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("%s; want %d", a, status)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		t.Fatalf("%s: %v", a, err)
	}
}

// Problem is an RFC 9457 problem document.
type Problem struct {
	Type      string
	Title     string
	Status    int
	Detail    string
	RequestID string `json:"request_id"`
	Errors    []Fault
}

// Fault says what is wrong with a field.
type Fault struct{ Field, Asked, Possible, Message string }

// Problem reads a problem document and checks what every one of them has.
func (a *Answer) Problem(t testing.TB, status int) Problem {
	t.Helper()
	var p Problem
	a.Must(t, status, &p)
	if kind := a.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("%s: a problem of type %q", a, kind)
	}
	if p.Status != status || p.Title == "" || p.Type == "" {
		t.Errorf("%s: not a whole problem document", a)
	}
	return p
}

// Fault finds the fault of a field.
func (p Problem) Fault(field string) (Fault, bool) {
	for _, f := range p.Errors {
		if f.Field == field {
			return f, true
		}
	}
	return Fault{}, false
}

// Says reports whether the answer has the text, whatever the case of letters.
func (a *Answer) Says(text string) bool {
	return strings.Contains(strings.ToLower(string(a.Body)), strings.ToLower(text))
}
