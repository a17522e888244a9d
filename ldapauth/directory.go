package ldapauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// failedFor is how long a server that failed is tried after the others.
const failedFor = 30 * time.Second

// Directory holds conversations with the first of several servers that answers.
// It keeps no connection between conversations. Safe for concurrent use.
type Directory struct {
	cfg     Config
	servers []address
	tls     *tls.Config
	now     func() time.Time

	mu     sync.Mutex
	failed map[string]time.Time // by address.target: when it failed last
}

// NewDirectory checks the configuration and reads CAFile. It does not dial.
func NewDirectory(cfg Config) (*Directory, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	d := &Directory{cfg: cfg, now: time.Now, failed: map[string]time.Time{}}
	for _, raw := range cfg.URLs {
		s, err := parseURL(raw)
		if err != nil {
			return nil, err
		}
		d.servers = append(d.servers, s)
	}
	d.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.CAFile != "" {
		pem, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		d.tls.RootCAs = x509.NewCertPool()
		if !d.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file: no certificate in %s", cfg.CAFile)
		}
	}
	return d, nil
}

// Ping dials a server and binds as the service account, if there is one. Its
// errors wrap ErrUnavailable.
func (d *Directory) Ping(ctx context.Context) error {
	return d.converse(ctx, d.bindService)
}

// converse runs talk on a connection. If the connection, and not talk, is at
// fault, it runs talk again from the start on the next server; talk must
// therefore bear being cut off anywhere. All errors of the connection wrap
// ErrUnavailable.
func (d *Directory) converse(ctx context.Context, talk func(context.Context, *conn) error) error {
	var failures []error
	for _, s := range d.order() {
		err := d.converseWith(ctx, s, talk)
		var broken *connError
		if !errors.As(err, &broken) {
			d.mark(s, false)
			return err
		}
		failures = append(failures, err)
		if errors.Is(ctx.Err(), context.Canceled) {
			break // our caller went away, which is not the server's fault
		}
		d.mark(s, true)
		if ctx.Err() != nil {
			break
		}
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, errors.Join(failures...))
}

func (d *Directory) converseWith(ctx context.Context, s address, talk func(context.Context, *conn) error) error {
	c, err := d.dial(ctx, s)
	if err != nil {
		return err
	}
	defer c.close()
	return talk(ctx, c)
}

// order lists the servers as configured, those that failed lately last.
func (d *Directory) order() []address {
	d.mu.Lock()
	defer d.mu.Unlock()
	good := make([]address, 0, len(d.servers))
	var bad []address
	for _, s := range d.servers {
		if at, failed := d.failed[s.target]; failed && d.now().Sub(at) < failedFor {
			bad = append(bad, s)
		} else {
			good = append(good, s)
		}
	}
	return append(good, bad...)
}

func (d *Directory) mark(s address, failed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if failed {
		d.failed[s.target] = d.now()
	} else {
		delete(d.failed, s.target)
	}
}
