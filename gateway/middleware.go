package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/hub"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/web"
)

// mostBody bounds what a page or an API operation reads of a request.
const mostBody = 64 << 10

// route registers one handler of a page or an operation: it finds the caller,
// lets it in or not, bounds the body, and renders the error that the handler
// returns.
func (g *Gateway) route(method, path string, need login.Access, handle func(*gin.Context) error) {
	g.routes = append(g.routes, Route{Method: method, Path: path, Access: need, Scope: need.Scope(method), All: need.All(method)})
	g.engine.Handle(method, path, func(c *gin.Context) {
		caller, err := g.caller(c.Request.Context(), c.Request)
		if err == nil {
			c.Request = c.Request.WithContext(login.WithCaller(c.Request.Context(), caller))
			c.Set(callerName, caller.User.Name)
		}
		if err := admit(need, method, caller, err); err != nil {
			g.fail(c, err)
			return
		}
		if isStream(path) {
			// It would hold up an orderly end, and comes back by itself.
			ctx, cancel := context.WithCancel(c.Request.Context())
			defer cancel()
			defer context.AfterFunc(g.stopping, cancel)()
			c.Request = c.Request.WithContext(ctx)
		}
		if c.Request.Body != nil {
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostBody)
		}
		if err := handle(c); err != nil {
			g.fail(c, err)
		}
	})
}

// isStream reports whether a route's answers go on, or are held, for as long as
// somebody listens.
func isStream(path string) bool {
	return strings.HasSuffix(path, "/live") || strings.HasSuffix(path, "/events") || strings.HasPrefix(path, hub.Base+"/users/:user")
}

const (
	requestID  = "berth.request_id"
	callerName = "berth.caller"
)

// begin gives the request its id, sets the headers that every page has, and
// writes the request's one log line at the end.
func (g *Gateway) begin(c *gin.Context) {
	start := g.Now()
	ip, _ := g.client(c.Request)
	c.Request.RemoteAddr = net.JoinHostPort(ip, "0") // what gin's ClientIP says from here on
	id := strings.ToLower(rand.Text()[:12])
	c.Set(requestID, id)
	h := c.Writer.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", web.ContentSecurityPolicy)
	if g.secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	defer func() {
		if route := c.FullPath(); g.Seen != nil {
			g.Seen(Seen{
				Route: cmp.Or(route, noRoute), Method: c.Request.Method, Status: c.Writer.Status(),
				Bytes: int64(max(c.Writer.Size(), 0)), Took: g.Now().Sub(start), Stream: isStream(route),
			})
		}
		g.Log.Info("request", "id", id, "method", c.Request.Method, "path", loggable(c.Request.URL.Path), "status", c.Writer.Status(),
			"bytes", c.Writer.Size(), "took", g.Now().Sub(start).Round(time.Microsecond), "user", c.GetString(callerName), "ip", ip)
	}()
	c.Next()
}

// loggable is a path without what some clients of JupyterHub put into it: an API
// token.
func loggable(path string) string {
	const tokens = hub.Base + "/authorizations/token/"
	if strings.HasPrefix(path, tokens) {
		return tokens + "..."
	}
	return path
}

// recover turns a panic into a 500, except the one by which a handler cuts a
// connection: swallowing that would make a cut answer look whole.
func (g *Gateway) recover(c *gin.Context) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == any(http.ErrAbortHandler):
			panic(p)
		default:
			g.Log.Error("panic", "id", c.GetString(requestID), "panic", p, "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				g.fail(c, errors.New("panic"))
			}
		}
	}()
	c.Next()
}

// sameOrigin refuses changes that another site's page asks a browser for.
func (g *Gateway) sameOrigin(c *gin.Context) {
	if err := g.crossOrigin.Check(c.Request); err != nil {
		g.fail(c, errCrossOrigin)
		return
	}
	c.Next()
}

// statusClientGone is what the log says of a request whose client hung up
// before there was an answer, as nginx does.
const statusClientGone = 499

// fail renders an error as a problem document or as a page, by what was asked.
func (g *Gateway) fail(c *gin.Context, err error) {
	c.Abort()
	if c.Writer.Written() {
		g.Log.Warn("failed after the answer had begun", "id", c.GetString(requestID), "err", err)
		return
	}
	if errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil {
		c.Status(statusClientGone)
		return
	}
	p := problem(err)
	p.RequestID = c.GetString(requestID)
	if p.Status >= http.StatusInternalServerError && p.Status != http.StatusNotImplemented {
		g.Log.Error("request failed", "id", p.RequestID, "path", loggable(c.Request.URL.Path), "status", p.Status, "err", err)
	}
	if p.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if hub.IsPath(c.Request.URL.Path) {
		hub.WriteProblem(c.Writer, p)
		return
	}
	if strings.HasPrefix(c.Request.URL.Path, "/api/") {
		p.Instance = c.Request.URL.EscapedPath()
		api.WriteProblem(c.Writer, p)
		return
	}
	if p.Status == http.StatusUnauthorized && c.Request.Method == http.MethodGet {
		c.Redirect(http.StatusSeeOther, loginURL(c.Request))
		return
	}
	g.web.Error(c, p.Status, p.Title, p.Detail, p.RequestID)
}
