package agent

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

type keyPair struct {
	certificate tls.Certificate
	pin         string
	err         error
}

var sharedKey = sync.OnceValue(func() (k keyPair) {
	dir, err := os.MkdirTemp("", "berth-agent")
	if err != nil {
		return keyPair{err: err}
	}
	defer func() { _ = os.RemoveAll(dir) }()
	k.certificate, k.pin, k.err = tunnel.LoadOrCreateCertificate(filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem"))
	return k
})

func testCertificate(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	k := sharedKey()
	if k.err != nil {
		t.Fatal(k.err)
	}
	return k.certificate, k.pin
}
