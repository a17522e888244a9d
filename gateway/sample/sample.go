package sample

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

//go:embed page.tmpl static
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.tmpl"))

// Config is what the command hands over.
type Config struct {
	Socket   string // the Unix socket to listen on
	BasePath string // begins and ends with a slash
	Getenv   func(string) string
}

// Run serves until the context ends.
func Run(ctx context.Context, c Config) error {
	if !strings.HasPrefix(c.BasePath, "/") || !strings.HasSuffix(c.BasePath, "/") {
		return errors.New("the base path does not begin and end with a slash")
	}
	dir, err := os.MkdirTemp("", "berth-sample-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", c.Socket)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: newApp(c, dir), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
}

// app is the handler of everything.
type app struct {
	Config
	shelf shelf
}

func newApp(c Config, dir string) http.Handler {
	a := &app{Config: c, shelf: shelf{dir: dir}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.show)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /echo", a.echo)
	mux.HandleFunc("POST /upload", a.upload)
	mux.HandleFunc("GET /file/{number}", a.file)
	mux.HandleFunc("GET /stream", a.stream)
	mux.Handle("GET /static/", http.FileServerFS(files))
	checked := http.NewCrossOriginProtection().Handler(mux)
	return http.StripPrefix(strings.TrimSuffix(c.BasePath, "/"), policy(checked))
}

// policy lets the page load its own files and nothing else.
func policy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
