package tunnel

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// validID reports whether s is an id: 1 to 128 letters, digits or any of "._:-".
func validID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._:-", rune(c)) {
			return false
		}
	}
	return true
}

// validText reports whether s is UTF-8 without control characters and at most
// limit bytes long.
func validText(s string, limit int) bool {
	return len(s) <= limit && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func validGateways(gateways, fingerprints []string) error {
	if len(gateways) == 0 || len(gateways) > MaxGateways {
		return errors.New("gateways: there must be between 1 and 32")
	}
	for _, g := range gateways {
		if _, err := gatewayHost(g); err != nil {
			return err
		}
	}
	if len(fingerprints) == 0 || len(fingerprints) > MaxGateways {
		return errors.New("fingerprints: there must be between 1 and 32")
	}
	for _, f := range fingerprints {
		if b, err := hex.DecodeString(f); err != nil || len(b) != 32 {
			return errors.New("fingerprints: each is the SHA-256 of a certificate, 64 hex digits")
		}
	}
	return nil
}

// gatewayHost is the host:port of an https URL without path.
func gatewayHost(gateway string) (string, error) {
	u, err := url.Parse(gateway)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Port() == "" || strings.Trim(u.Path, "/") != "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("gateways: %.80q is not of the form https://host:port", gateway)
	}
	return u.Host, nil
}
