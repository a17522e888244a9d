package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// besideProxy is what the tunnel is compared with.
const besideProxy = "net/http/httputil over TLS"

// proxy compares the ways of requests to the app.
func (b *bench) proxy(ctx context.Context, r *report, rounds int) error {
	s, err := b.api.ready(ctx, "origin", "bench-origin")
	if err != nil {
		return err
	}
	defer func() {
		if err := b.api.stop(context.WithoutCancel(ctx), s); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}()
	berth := target{name: "berth", addr: b.addr, base: "/user/" + s.Owner + "/" + s.Name + "/", token: b.api.token}
	direct, err := b.direct(ctx)
	if err != nil {
		return err
	}
	for _, it := range []struct {
		what, unit string
		measure    func(context.Context, target) (float64, error)
	}{
		{fmt.Sprintf("small requests, %d clients", clients), "req/s", small},
		{fmt.Sprintf("one download of %d MiB", bulk>>20), "MB/s", download},
		{fmt.Sprintf("one upload of %d MiB", bulk>>20), "MB/s", upload},
		{"WebSocket echo, 99th percentile", "µs", echo},
	} {
		err := r.compare(row{What: it.what, Unit: it.unit, BesideIs: besideProxy}, rounds,
			func() (float64, error) { return it.measure(ctx, berth) },
			func() (float64, error) { return it.measure(ctx, direct) })
		if err != nil {
			return err
		}
	}
	return nil
}

// direct starts the app and the standard library's proxy outside of any job,
// each in a process of its own, as berth's are.
func (b *bench) direct(ctx context.Context) (target, error) {
	app, err := freeAddr()
	if err != nil {
		return target{}, err
	}
	addr, err := freeAddr()
	if err != nil {
		return target{}, err
	}
	certificate := filepath.Join(b.dir, "origin.pem")
	if err := makeCertificate(certificate, time.Now()); err != nil {
		return target{}, err
	}
	self := filepath.Join(b.dir, "bench")
	if err := b.start("berth", self, "origin", "-tls", app, "-certificate", certificate); err != nil {
		return target{}, err
	}
	if err := b.start("berth", self, "direct", "-listen", addr, "-target", "https://"+app, "-certificate", certificate); err != nil {
		return target{}, err
	}
	return target{name: "direct", addr: addr, base: "/"},
		until(ctx, 20*time.Second, func() error { return answers(ctx, "http://"+addr+"/small") })
}
