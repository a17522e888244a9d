package tunnel

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"errors"
)

// serverName is what agents put into SNI; it names nothing.
const serverName = "berth-agent-listener"

// ErrFingerprint means that whoever answered at the gateway's address does not
// hold the pinned certificate.
var ErrFingerprint = errors.New("the gateway's certificate is not the pinned one")

// serverTLS is TLS 1.3 only: both ends are ours. Without tickets there is
// nothing to write after the handshake, and with HTTP/1.1 alone every request
// can be upgraded. Records are full from the start: a notebook's streams are
// not a web page's first bytes.
func serverTLS(certificate tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates:                []tls.Certificate{certificate},
		MinVersion:                  tls.VersionTLS13,
		NextProtos:                  []string{"http/1.1"},
		SessionTicketsDisabled:      true,
		DynamicRecordSizingDisabled: true,
	}
}

// clientTLS accepts exactly the certificates with one of the fingerprints. The
// handshake proves that the peer holds the certificate's key, so no name, date
// or authority adds anything.
func clientTLS(fingerprints []string) *tls.Config {
	var pins [][sha256.Size]byte
	for _, f := range fingerprints {
		var pin [sha256.Size]byte
		if b, err := hex.DecodeString(f); err == nil && copy(pin[:], b) == len(pin) && len(b) == len(pin) {
			pins = append(pins, pin)
		}
	}
	return &tls.Config{
		ServerName:                  serverName,
		MinVersion:                  tls.VersionTLS13,
		NextProtos:                  []string{"http/1.1"},
		InsecureSkipVerify:          true, //nolint:gosec // VerifyConnection below pins the certificate itself
		DynamicRecordSizingDisabled: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return ErrFingerprint
			}
			sum := sha256.Sum256(state.PeerCertificates[0].Raw)
			for _, pin := range pins {
				if subtle.ConstantTimeCompare(sum[:], pin[:]) == 1 {
					return nil
				}
			}
			return ErrFingerprint
		},
	}
}
