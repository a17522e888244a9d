package ops

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// Health answers whether the gateway lives and is ready: gateway.Gateway.
type Health interface {
	Healthz(w http.ResponseWriter, r *http.Request)
	Readyz(w http.ResponseWriter, r *http.Request)
}

// Server is the listener for those who run berth.
type Server struct {
	Listen  string // "127.0.0.1:9099"
	Metrics *Metrics
	Health  Health
	Log     *slog.Logger
}

// Handler has /metrics, /healthz, /readyz and /debug/pprof/.
func (s Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.Metrics.Handler())
	mux.HandleFunc("GET /healthz", s.Health.Healthz)
	mux.HandleFunc("GET /readyz", s.Health.Readyz)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound) // a command line is nobody's business
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// longest is how long a profile may take.
const longest = 5 * time.Minute

// Run serves until ctx ends. An address that is taken is an error: metrics that
// are missing unnoticed are worse than a gateway that does not start.
func (s Server) Run(ctx context.Context) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("ops.listen: %w", err)
	}
	s.Log.Info("listening for operations", "address", listener.Addr().String())
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: longest,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("operations: %w", err)
	}
	return nil
}
