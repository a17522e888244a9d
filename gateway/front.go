package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/proxy"
	"github.com/berth-hpc/berth/gateway/session"
)

// sessionPrefix begins the paths that belong to sessions' apps.
const sessionPrefix = "/user/"

// reconnectWait is how long a request waits for an agent that is between two
// connections.
const reconnectWait = 10 * time.Second

// ServeHTTP is the whole public listener: paths of apps go to the proxy, as
// they are; everything else to the router.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, sessionPrefix) {
		g.watchApp(w, r, g.serveSession)
		return
	}
	g.engine.ServeHTTP(w, r)
}

// serveSession authorises one request to a session's app and carries it there.
func (g *Gateway) serveSession(w http.ResponseWriter, r *http.Request) {
	owner, name, slash := sessionPath(r.URL.EscapedPath())
	caller, err := g.caller(r.Context(), r)
	if err != nil {
		g.refuseSession(w, r, err)
		return
	}
	if err := admit(login.Apps, r.Method, caller, nil); err != nil {
		g.refuseSession(w, r, err)
		return
	}
	s, err := g.atPath(r.Context(), caller, owner, name)
	if errors.Is(err, session.ErrNotFound) && caller.User.Name != owner {
		var end func()
		if s, r, end, err = g.visit(r, caller, owner, name); err == nil {
			defer end()
		}
	}
	if err != nil {
		g.refuseSession(w, r, err)
		return
	}
	port, err := portOf(r.URL.EscapedPath())
	if err != nil || (port != 0 && caller.User.Name != owner) { // ports are the owner's alone
		g.refuseSession(w, r, errNotFound)
		return
	}
	if !slash || bare(r.URL.EscapedPath(), port) {
		target := url.URL{Path: r.URL.Path + "/", RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, target.String(), http.StatusPermanentRedirect)
		return
	}
	if caller.User.Name == owner {
		s = g.opening(r.Context(), caller, s)
	}
	if !g.open(r.Context(), s) {
		g.notYet(w, r, s)
		return
	}
	target := g.target(r, caller, s)
	if port != 0 {
		target = beside(target, port)
	}
	defer g.Use.Opened(s.ID)()
	g.proxy.ServeHTTP(w, withoutToken(r), target)
}

// sessionPath splits "/user/alice/lab/tree": the first two parts after /user/,
// and whether a slash follows them.
func sessionPath(escaped string) (owner, name string, slash bool) {
	rest := strings.TrimPrefix(escaped, sessionPrefix)
	owner, rest, _ = strings.Cut(rest, "/")
	name, _, slash = strings.Cut(rest, "/")
	return owner, name, slash
}

// open reports whether the session's app can be talked to now; it waits a
// little for an agent that is reconnecting.
func (g *Gateway) open(ctx context.Context, s session.Session) bool {
	if s.State != session.Ready || s.Suspended() {
		return false
	}
	if _, ok := g.registry.Connected(string(s.ID)); ok {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, reconnectWait)
	defer cancel()
	return g.registry.WaitConnected(ctx, string(s.ID)) == nil
}

func (g *Gateway) target(r *http.Request, caller login.Caller, s session.Session) proxy.Target {
	ip, proto := g.client(r)
	t := proxy.Target{
		Session: string(s.ID), Attempt: s.Attempt, BasePath: s.BasePath(), User: caller.User.Name,
		ClientIP: ip, Proto: proto,
	}
	app, ok := g.Sessions.AppOf(s.App)
	if !ok {
		return t
	}
	t.StripPrefix = app.StripPrefix
	if app.TokenHeader != "" {
		t.Inject = http.Header{"Authorization": {strings.ReplaceAll(app.TokenHeader, "${TOKEN}", g.agents.appToken(s))}}
		t.InjectOn = proxy.InjectReads
		if caller.TokenID != "" {
			t.InjectOn = proxy.InjectAll
		}
	}
	return t
}

// notYet answers for a session whose app cannot be talked to.
func (g *Gateway) notYet(w http.ResponseWriter, r *http.Request, s session.Session) {
	if s.Live() {
		w.Header().Set("Retry-After", "2")
	}
	g.web.SessionProblem(w, r, s, "")
}

func (g *Gateway) refuseSession(w http.ResponseWriter, r *http.Request, err error) {
	p := problem(err)
	if p.Status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		g.Log.Error("a session's request failed", "path", r.URL.Path, "err", err)
	}
	if p.Status == http.StatusUnauthorized && r.Method == http.MethodGet && wantsPage(r) {
		http.Redirect(w, r, loginURL(r), http.StatusSeeOther)
		return
	}
	g.problem(w, r, p, "")
}

// problem renders for requests that never reach the router: a page for a person
// who looks, a document for everything else.
func (g *Gateway) problem(w http.ResponseWriter, r *http.Request, p api.Problem, link string) {
	if wantsPage(r) {
		g.web.Problem(w, r, p.Status, p.Title, p.Detail, link)
		return
	}
	p.Instance = r.URL.EscapedPath()
	api.WriteProblem(w, p)
}

// wantsPage reports whether a person looks at the answer.
func wantsPage(r *http.Request) bool {
	return r.Header.Get("Upgrade") == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func loginURL(r *http.Request) string {
	if r.URL.Path == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(r.URL.RequestURI())
}
