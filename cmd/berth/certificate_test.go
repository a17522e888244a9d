package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// makePair writes a new certificate over the former one.
func makePair(t *testing.T, files tlsConfig) {
	t.Helper()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "crt"), filepath.Join(dir, "key")
	if _, _, err := tunnel.LoadOrCreateCertificate(cert, key); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{cert: files.CertFile, key: files.KeyFile} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := tlsConfig{CertFile: filepath.Join(dir, "crt"), KeyFile: filepath.Join(dir, "key")}
	makePair(t, files)
	now := time.Now()
	var log bytes.Buffer
	c, err := loadCertificate(files, func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	serves := func(what string, before []byte, changed bool) []byte {
		t.Helper()
		got := c.Get().Certificate[0]
		if bytes.Equal(got, before) == changed {
			t.Errorf("%s: is it another one? %v; want %v\n%s", what, !changed, changed, log.String())
		}
		return got
	}
	first := c.Get().Certificate[0]
	now = now.Add(lookEvery)
	serves("nothing has changed", first, false)

	makePair(t, files)
	serves("too soon to look", first, false)
	now = now.Add(lookEvery)
	second := serves("new files", first, true)

	// In the middle of a change the two do not fit.
	if err := os.WriteFile(files.KeyFile, []byte("half a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookEvery)
	serves("a broken key", second, false)
	if !bytes.Contains(log.Bytes(), []byte("the former one serves on")) {
		t.Errorf("nobody is told: %s", log.String())
	}
	makePair(t, files)
	now = now.Add(lookEvery)
	third := serves("a whole change", second, true)

	makePair(t, files)
	c.Reload()
	serves("asked to", third, true)
}
