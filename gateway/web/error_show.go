package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// errorShowPage is the page of an error, and of a session that cannot be shown
// just now.
type errorShowPage struct {
	frame
	Status    int
	Icon      string
	Heading   string
	Detail    string
	RequestID string
	Waits     bool   // it is asked for again by itself
	Href      string // the way on
	Link      string
}

// Error answers with the page of an error. The texts are for people and hold no
// internal detail; the id is what they can quote.
func (w *Web) Error(c *gin.Context, status int, title, detail, requestID string) {
	w.Problem(c.Writer, c.Request, status, title, detail, requestID)
}

// Problem is Error for requests that never reach gin. Below /user/, where apps
// are served, a 502, 503 or 504 is asked for again by the browser itself.
// Programs get the same as a problem document (RFC 9457).
func (w *Web) Problem(wr http.ResponseWriter, r *http.Request, status int, title, detail, requestID string) {
	p := &errorShowPage{
		Status: status, Icon: "compass", Heading: title, Detail: detail, RequestID: requestID,
		Href: "/", Link: "Go to your sessions",
	}
	if status >= http.StatusInternalServerError {
		p.Icon = "storm"
	}
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		p.Waits = strings.HasPrefix(r.URL.Path, "/user/")
	}
	if _, ok := login.CallerOf(r.Context()); !ok {
		p.Link = "Go to the start page"
	}
	w.problem(wr, r, p)
}

// SessionProblem is Problem for a session whose app cannot be shown: it waits,
// it is starting, its node is not connected, or it has ended. The page says so
// in the session's own words and asks again while there is hope.
func (w *Web) SessionProblem(wr http.ResponseWriter, r *http.Request, s session.Session, requestID string) {
	v := w.sessionView(s)
	p := &errorShowPage{
		Status: http.StatusServiceUnavailable, Icon: "anchor", Heading: v.Headline, RequestID: requestID,
		Href: "/sessions/" + string(s.ID) + "?open=1", Link: "See how it is going", Waits: true,
	}
	p.Detail = v.App.Name + " “" + v.Name + "” opens here as soon as it is ready."
	switch {
	case s.Suspended():
		p.Detail = v.App.Name + " “" + v.Name + "” goes on when the scheduler lets it. This page comes back by itself."
	case s.State == session.Ready:
		p.Heading = "Reconnecting to your app"
		p.Detail = v.App.Name + " “" + v.Name + "” goes on running. This page comes back by itself."
	case s.State == session.Stopping:
		p.Detail, p.Waits = v.App.Name+" “"+v.Name+"” is being stopped.", false
	case s.State == session.Ended:
		p.Status, p.Icon, p.Waits = http.StatusGone, "compass", false
		p.Detail = v.App.Name + " “" + v.Name + "” has ended."
		p.Href, p.Link = "/sessions/"+string(s.ID), "See how it ended"
	}
	w.problem(wr, r, p)
}

func (w *Web) problem(wr http.ResponseWriter, r *http.Request, p *errorShowPage) {
	if p.Status == http.StatusServiceUnavailable && wr.Header().Get("Retry-After") == "" {
		wr.Header().Set("Retry-After", "5")
	}
	if !wantsPage(r) {
		problemDocument(wr, p)
		return
	}
	p.frame = w.frame(r, p.Heading, "")
	p.Narrow = true
	if p.Waits {
		p.Reload = 3
	}
	body, err := w.page("error_show", p)
	if err != nil {
		w.Log.ErrorContext(r.Context(), "the error page failed", "err", err)
		problemDocument(wr, p)
		return
	}
	write(wr, p.Status, body)
}

// problemDocument answers a program.
func problemDocument(wr http.ResponseWriter, p *errorShowPage) {
	body, err := json.Marshal(struct {
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail,omitempty"`
		RequestID string `json:"request_id,omitempty"`
	}{p.Heading, p.Status, p.Detail, p.RequestID})
	if err != nil {
		body = []byte(`{"status":` + strconv.Itoa(p.Status) + `}`)
	}
	pageHeaders(wr.Header())
	wr.Header().Set("Content-Type", "application/problem+json")
	wr.WriteHeader(p.Status)
	_, _ = wr.Write(body)
}

// wantsPage reports whether a person looks at the answer: a browser that goes
// somewhere names text/html, what runs inside a page does not.
func wantsPage(r *http.Request) bool {
	if d := r.Header.Get("Sec-Fetch-Dest"); d != "" {
		return d == "document" || d == "iframe" || d == "frame"
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
