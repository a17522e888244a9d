package tunnel

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// LoadOrCreateCertificate reads the agent listener's certificate and key, or
// makes a self-signed pair when neither file exists. The fingerprint is the
// hex SHA-256 of the certificate, as agents pin it. The key gets mode 0600, and
// a key that others may read is refused. Gateways that start at once on one
// directory end up with the same pair.
func LoadOrCreateCertificate(certFile, keyFile string) (certificate tls.Certificate, fingerprint string, err error) {
	if err := os.MkdirAll(filepath.Dir(keyFile), 0o700); err != nil {
		return tls.Certificate{}, "", fmt.Errorf("agent certificate: %w", err)
	}
	dir, err := os.Open(filepath.Dir(keyFile))
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("agent certificate: %w", err)
	}
	defer func() { _ = dir.Close() }() // releases the lock too
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return tls.Certificate{}, "", fmt.Errorf("agent certificate: lock %s: %w", dir.Name(), err)
	}
	info, keyErr := os.Stat(keyFile)
	_, certErr := os.Stat(certFile)
	switch {
	case errors.Is(keyErr, fs.ErrNotExist) && errors.Is(certErr, fs.ErrNotExist):
		if err := createCertificate(certFile, keyFile); err != nil {
			return tls.Certificate{}, "", fmt.Errorf("agent certificate: %w", err)
		}
	case keyErr == nil && info.Mode().Perm()&0o007 != 0:
		return tls.Certificate{}, "", fmt.Errorf("agent certificate: %s is open to everybody (mode %04o)", keyFile, info.Mode().Perm())
	}
	certificate, err = tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("agent certificate: %w", err)
	}
	return certificate, Fingerprint(certificate.Certificate[0]), nil
}

// Fingerprint is the hex SHA-256 of a certificate in DER form.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func createCertificate(certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	// Nobody checks the dates or the name: agents know the certificate itself.
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "berth agent listener"},
		DNSNames:     []string{serverName},
		NotBefore:    time.Now().Add(-24 * time.Hour),
		NotAfter:     time.Now().AddDate(50, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, &x509.Certificate{Subject: pkix.Name{CommonName: "berth agent listener"}}, key.Public(), key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writeNew(keyFile, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}, 0o600); err != nil {
		return err
	}
	return writeNew(certFile, &pem.Block{Type: "CERTIFICATE", Bytes: der}, 0o644)
}

// writeNew puts the whole file in place at once, so that a crash leaves either
// nothing or all of it.
func writeNew(name string, block *pem.Block, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := pem.Encode(f, block); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
