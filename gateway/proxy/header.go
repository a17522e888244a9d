package proxy

import (
	"net/http"
	"strings"
)

// A header that belongs to one connection, RFC 9110 section 7.6.1, and some that
// older software treats so.
func hopByHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings":
		return true
	}
	return false
}

// connectionTokens are the headers that the sender of h says belong to the
// connection, in canonical form; nil for the usual case of none.
func connectionTokens(h http.Header) map[string]bool {
	var names map[string]bool
	for _, line := range h["Connection"] {
		for token := range strings.SplitSeq(line, ",") {
			token = strings.Trim(token, " \t")
			if token == "" || strings.EqualFold(token, "close") || strings.EqualFold(token, "keep-alive") || strings.EqualFold(token, "upgrade") {
				continue
			}
			if names == nil {
				names = map[string]bool{}
			}
			names[http.CanonicalHeaderKey(token)] = true
		}
	}
	return names
}

func hasToken(lines []string, want string) bool {
	for _, line := range lines {
		for token := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.Trim(token, " \t"), want) {
				return true
			}
		}
	}
	return false
}

// upgradeOf is the protocol that h asks for or agrees to, "" for none.
func upgradeOf(h http.Header) string {
	if len(h["Upgrade"]) == 0 || !hasToken(h["Connection"], "upgrade") {
		return ""
	}
	return h["Upgrade"][0]
}

// Names that only the gateway may use towards an app: what it says about the
// client, and the credentials that are meant for it.
var (
	ownNames = []string{
		"authorization", "forwarded", "remote-user", "x-real-ip", "x-remote-user", "x-scheme", "x-script-name",
	}
	ownPrefixes = []string{"x-forwarded-", "x-berth-"}
)

// ours reports whether only the gateway may set a header of the name. Some
// frameworks take "_" for "-", and so does this.
func ours(name string) bool {
	for _, own := range ownNames {
		if len(name) == len(own) && foldPrefix(name, own) {
			return true
		}
	}
	for _, prefix := range ownPrefixes {
		if foldPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// foldPrefix reports whether name begins with prefix, which is in lower case.
func foldPrefix(name, prefix string) bool {
	if len(name) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := name[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == '_':
			c = '-'
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}

// clean makes a value fit for a header line.
func clean(value string) string {
	if strings.ContainsFunc(value, isControl) {
		return strings.Map(func(r rune) rune {
			if isControl(r) {
				return -1
			}
			return r
		}, value)
	}
	return value
}
