package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// origin is the app that is reached: it answers small requests, streams zeros,
// swallows uploads, and echoes messages.
func origin(base string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"small", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"idle","kernels":1}`)
	})
	mux.HandleFunc("GET "+base+"down", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.ParseInt(r.URL.Query().Get("bytes"), 10, 64)
		if err != nil || n < 0 || n > 1<<30 {
			http.Error(w, "bytes: a number up to 1 GiB", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
		_, _ = io.CopyN(w, zeros{}, n)
	})
	mux.HandleFunc("POST "+base+"up", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			http.Error(w, "the body breaks off", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, strconv.FormatInt(n, 10))
	})
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mux.HandleFunc("GET "+base+"echo", func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		for {
			kind, message, err := c.ReadMessage()
			if err != nil || c.WriteMessage(kind, message) != nil {
				return
			}
		}
	})
	return mux
}

// zeros are endless and cost nothing to make.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// runOrigin serves on a Unix socket, as an app in a job, or with TLS on an
// address, as an app that the direct proxy reaches over the network.
func runOrigin(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("origin", flag.ContinueOnError)
	socket := flags.String("socket", "", "Unix socket to listen on")
	addr := flags.String("tls", "", "address to listen on with TLS")
	base := flags.String("base", "/", "path under which it is served")
	certificate := flags.String("certificate", "", "PEM file of the certificate and its key")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var lc net.ListenConfig
	if *socket != "" {
		l, err := lc.Listen(ctx, "unix", *socket)
		if err != nil {
			return err
		}
		return serve(ctx, l, origin(*base))
	}
	l, err := lc.Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(*certificate, *certificate)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	return serve(ctx, tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}), origin(*base))
}

// serve serves until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 20 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
