package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"
)

// runDirect is what berth is compared with: the reverse proxy of the standard
// library, which dials the app over TLS. It authorises nobody and tracks
// nothing.
func runDirect(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("direct", flag.ContinueOnError)
	addr := flags.String("listen", "", "address to listen on")
	target := flags.String("target", "", "the app's https URL")
	certificate := flags.String("certificate", "", "PEM file that the app's certificate is in")
	if err := flags.Parse(args); err != nil {
		return err
	}
	u, err := url.Parse(*target)
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(*certificate)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("no certificate in " + *certificate)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u); r.SetXForwarded() },
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13},
			MaxIdleConns:        256,
			MaxIdleConnsPerHost: 256,
			IdleConnTimeout:     time.Minute,
			DisableCompression:  true,
		},
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	return serve(ctx, l, proxy)
}
