package tunnel

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestCertificateIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "state", "agent.pem"), filepath.Join(dir, "state", "agent.key")
	var work sync.WaitGroup
	prints := make([]string, 8)
	for i := range prints {
		work.Go(func() {
			_, pin, err := LoadOrCreateCertificate(certFile, keyFile)
			if err != nil {
				t.Error(err)
			}
			prints[i] = pin
		})
	}
	work.Wait()
	for _, pin := range prints {
		if pin != prints[0] || len(pin) != 64 {
			t.Errorf("fingerprints %q", prints)
		}
	}
	if info, err := os.Stat(keyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(keyFile))
	if err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
	cert, _, err := LoadOrCreateCertificate(certFile, keyFile)
	if err != nil || Fingerprint(cert.Certificate[0]) != prints[0] {
		t.Errorf("%v", err)
	}
}

func TestCertificateFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "agent.pem"), filepath.Join(dir, "agent.key")
	if _, _, err := LoadOrCreateCertificate(certFile, keyFile); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(keyFile, 0o644); err != nil { //nolint:gosec // the fault under test
		t.Fatal(err)
	}
	if _, _, err := LoadOrCreateCertificate(certFile, keyFile); err == nil {
		t.Error("a key that everybody can read was used")
	}
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadOrCreateCertificate(certFile, keyFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a pair: %v", err) // and not a new pair, which no agent knows
	}
}
