package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/hub"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/proxy"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/gateway/web"
)

// Gateway is the running edge. It is the handler of the public listener.
type Gateway struct {
	Config
	engine      *gin.Engine
	web         *web.Web
	proxy       *proxy.Proxy
	registry    *tunnel.Registry
	agents      *Agents
	crossOrigin *http.CrossOriginProtection
	paths       *pathCache
	routes      []Route
	visits      visits
	draining    atomic.Bool
	streams     atomic.Int64 // WebSockets to apps that are open
	changes     sync.Mutex
	changedIDs  map[session.ID]bool // whose links may need a look
	changed     chan struct{}
	stopping    context.Context // ends when the gateway is told to end
	stop        context.CancelFunc
}

// Route is one entry of the route table.
type Route struct {
	Method, Path string
	Access       login.Access
	Scope        login.Scope // what a token needs for it; "": nothing
	All          login.Scope // what a token needs for it on anybody's things; "": it may not
}

// New wires a Gateway. The agents are those that the lifecycle of c was made
// with.
func New(c Config, agents *Agents) (*Gateway, error) {
	g := &Gateway{
		Config: c, agents: agents,
		crossOrigin: http.NewCrossOriginProtection(),
		paths:       &pathCache{rows: map[string]kept{}, now: c.Now},
		changedIDs:  map[session.ID]bool{}, changed: make(chan struct{}, 1),
	}
	g.visits.look = g.visitOver
	g.stopping, g.stop = context.WithCancel(context.Background())
	g.registry = tunnel.NewRegistry(tunnel.Options{Authority: agents, Logger: c.Log})
	agents.bind(c.Sessions, g.registry, c.Use)
	g.proxy = proxy.New(proxy.Options{
		Dialer: g.registry, Logger: c.Log, Error: g.unreachable,
		Cookies: []string{login.CookieName(true), login.CookieName(false), "__Host-berth*", "berth_*"},
	})
	pages, err := web.New(web.Config{
		Sessions: c.Sessions, Board: c.Board, Hub: c.Hub, Logins: c.Logins, Log: c.Log, Now: c.Now, Drift: c.Drift, Admin: c.Admin,
		Use: c.UseSource, Reports: c.Reports, Hints: c.Hints, Presets: c.Presets, Mail: c.Mail,
		Site: web.Site{Name: c.SiteName, Secure: c.secure(), Contact: c.Contact},
	})
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	operations, err := api.New(api.Config{
		Sessions: c.Sessions, Board: c.Board, Hub: c.Hub, Logins: c.Logins, Log: c.Log, Now: c.Now,
		Admin:   api.Admin{Sessions: c.Admin.Sessions, Announcements: c.Admin.Announcements, Audit: c.Admin.Audit},
		Version: c.Version, PublicURL: c.PublicURL, ClusterTypes: c.ClusterTypes, Usage: c.Reports, Presets: c.Presets,
	})
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	jupyterhub, err := hub.New(hub.Config{
		Sessions: c.Sessions, Everyone: c.Admin.Sessions, Signals: c.Hub, Logins: c.Logins, Store: c.People,
		Log: c.Log, Now: c.Now, Berth: c.Version, PublicURL: c.PublicURL, Hold: c.Hold,
	})
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	g.web = pages
	return g, g.router(operations, jupyterhub)
}

// router builds the route table.
func (g *Gateway) router(operations *api.API, jupyterhub *hub.Hub) error {
	gin.SetMode(gin.ReleaseMode)
	g.engine = gin.New()
	// gin believes nobody about the client: begin tells it who that is.
	if err := g.engine.SetTrustedProxies(nil); err != nil {
		return fmt.Errorf("trusted proxies: %w", err)
	}
	g.engine.GET("/healthz", g.healthz)
	g.engine.GET("/readyz", g.readyz)
	g.engine.Use(g.begin, g.recover, g.sameOrigin)
	g.engine.HandleMethodNotAllowed = false
	g.engine.NoRoute(func(c *gin.Context) { g.fail(c, errNotFound) })
	g.web.Routes(g.route)
	operations.Routes(g.route)
	jupyterhub.Routes(g.route)
	return nil
}

// Routes is the table of every page and operation, for tests and documents.
func (g *Gateway) Routes() []Route { return g.routes }

// Changed tells the gateway that a session has changed, wherever that happened;
// an empty id says that changes may have been missed.
func (g *Gateway) Changed(id session.ID) {
	g.paths.changed(id)
	g.noteChanged(id)
	g.visits.changed(id)
	if id == "" {
		g.Hub.PublishAll()
		return
	}
	g.Hub.Publish(id)
}

// unreachable renders the proxy's failure to reach an app.
func (g *Gateway) unreachable(w http.ResponseWriter, r *http.Request, t proxy.Target, err error) {
	if r.Context().Err() != nil {
		return // the person has gone away; nobody is there to be told
	}
	g.Log.Warn("app not reached", "session", t.Session, "path", r.URL.Path, "err", err)
	p := unreachable(t, err)
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	g.problem(w, r, p, "/sessions/"+t.Session)
}

// Run serves both listeners until ctx ends, then drains: readiness goes first,
// agents are told to come back, requests may finish.
func (g *Gateway) Run(ctx context.Context) error {
	public, inner, err := g.listen(ctx)
	if err != nil {
		return err
	}
	quiet := &silent{conns: map[net.Conn]struct{}{}}
	server := &http.Server{
		Handler: quiet.hear(g), ReadHeaderTimeout: 20 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ConnState: quiet.state, ConnContext: quiet.context,
	}
	if g.Certificate != nil {
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return g.Certificate(), nil
		}}
		public = tls.NewListener(public, server.TLSConfig)
	}
	g.Log.Info("listening", "browsers", public.Addr().String(), "agents", inner.Addr().String(), "url", g.PublicURL)
	if g.Listening != nil {
		g.Listening()
	}
	group, serving := errgroup.WithContext(ctx)
	accepted := make(chan struct{})
	group.Go(func() error { defer close(accepted); return ignore(server.Serve(public), net.ErrClosed) })
	group.Go(func() error { g.syncLinks(); return nil })
	group.Go(func() error { return ignore(g.registry.Serve(inner, g.AgentCertificate), tunnel.ErrClosed) })
	<-serving.Done() // told to end, or a listener has failed
	// Shutdown would not see a connection that is being accepted.
	closed := ignore(public.Close(), net.ErrClosed)
	<-accepted
	return errors.Join(closed, g.end(server, quiet), group.Wait())
}
