package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, the files of a certificate are looked at.
const lookEvery = 10 * time.Second

// certificate is the site's own, read again when its files change. While they
// do not fit together, as in the middle of a change, the former one serves on.
type certificate struct {
	files tlsConfig
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]fileStamp // of the files that were read last
	looked  time.Time
}

// fileStamp tells one state of a file from another.
type fileStamp struct {
	size     int64
	modified time.Time
}

// siteCertificate is the one of the config; nil for plain HTTP.
func siteCertificate(c *fileConfig, log *slog.Logger) (*certificate, error) {
	if c.TLS.CertFile == "" {
		return nil, nil
	}
	return loadCertificate(c.TLS, time.Now, log)
}

// loadCertificate reads a certificate that must be there.
func loadCertificate(files tlsConfig, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{files: files, now: now, log: log, looked: now()}
	c.seen = c.stamps()
	pair, err := loadPair(files)
	c.current = pair
	return c, err
}

// Get is the certificate as of now.
func (c *certificate) Get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if c.stamps() != c.seen {
			c.load()
		}
	}
	return c.current
}

// Reload reads the files whatever they look like.
func (c *certificate) Reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looked = c.now()
	c.load()
}

func (c *certificate) load() {
	seen := c.stamps() // before reading: a change meanwhile is seen next time
	pair, err := loadPair(c.files)
	c.seen = seen
	if err != nil {
		c.log.Error("the new certificate cannot be used; the former one serves on", "err", err)
		return
	}
	c.current = pair
	c.log.Info("the certificate was read again", "file", c.files.CertFile)
}

func (c *certificate) stamps() (stamps [2]fileStamp) {
	for i, file := range []string{c.files.CertFile, c.files.KeyFile} {
		if info, err := os.Stat(file); err == nil {
			stamps[i] = fileStamp{size: info.Size(), modified: info.ModTime()}
		}
	}
	return stamps
}
