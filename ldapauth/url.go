package ldapauth

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// address is a parsed LDAP URL: where to dial and how.
type address struct {
	scheme  string // ldap, ldaps, ldapi
	network string // tcp, unix
	target  string // host:port or the socket's path
	host    string // for the certificate; "" for ldapi
}

// parseURL understands the part of RFC 4516 that names a server, and ldapi://
// with the socket's path percent-encoded as the host (or plain, as the path).
// Search parts and credentials are refused: they would be ignored silently.
func parseURL(raw string) (address, error) {
	if rest, ok := strings.CutPrefix(raw, "ldapi://"); ok {
		path, err := url.PathUnescape(strings.TrimSuffix(rest, "/"))
		if err != nil {
			return address{}, fmt.Errorf("%q: %w", raw, err)
		}
		if !strings.HasPrefix(path, "/") || strings.ContainsRune(path, 0) {
			return address{}, fmt.Errorf("%q has no absolute path of a socket", raw)
		}
		return address{scheme: "ldapi", network: "unix", target: path}, nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		// url.Error repeats the URL, which might hold a password.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return address{}, fmt.Errorf("not a URL: %w", err)
	}
	if u.User != nil {
		return address{}, fmt.Errorf("%s://%s: user names and passwords do not belong into a URL", u.Scheme, u.Host)
	}
	port := map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	switch {
	case port == "":
		return address{}, fmt.Errorf("%q is none of ldap://, ldaps://, ldapi://", raw)
	case u.Hostname() == "":
		return address{}, fmt.Errorf("%q has no host", raw)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return address{}, fmt.Errorf("%q has more than a host and a port", raw)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	return address{
		scheme:  u.Scheme,
		network: "tcp",
		target:  net.JoinHostPort(u.Hostname(), port),
		host:    u.Hostname(),
	}, nil
}
