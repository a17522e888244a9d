package proxy

import (
	"context"
	"net"
	"net/http"
)

// Dialer opens a connection to a session's app, or, if port is not 0, to that
// port beside it. A connection that has the
// method Reset() is reset, not closed, when the stream on it was cut.
type Dialer interface {
	DialContext(ctx context.Context, session string, port uint16) (net.Conn, error)
}

// Target says where a request goes and on whose behalf. The caller has already
// authorised the request.
type Target struct {
	Session     string
	Attempt     int    // connections are never shared between attempts
	Port        uint16 // 0: the session's app; else a port beside it
	BasePath    string // what cookies are confined to: "/user/alice/lab/"; "/" on a host of its own
	StripPrefix bool   // take BasePath off before the app sees the path
	User        string // becomes X-Berth-User

	// ClientIP and Proto ("http" or "https") are what the app is told about the
	// client, after trusted proxies were resolved. Empty: taken from the request.
	ClientIP string
	Proto    string

	// Inject replaces headers of the request, as InjectOn says: the app's own
	// token in Authorization, say.
	Inject   http.Header
	InjectOn InjectMode
}

// InjectMode says which requests get Target.Inject. See "The app's token" in
// the package's documentation.
type InjectMode int

// The modes. InjectReads is for browsers: the app answers such a request with
// its own login cookie, and everything that changes state is left to the app's
// own cross-site checks. InjectAll is for requests signed with an API token.
const (
	InjectNone  InjectMode = iota
	InjectReads            // GET and HEAD that are no upgrades and do not come from another origin's page
	InjectAll
)

// injects reports whether the request gets Target.Inject.
func (t Target) injects(r *http.Request) bool {
	switch t.InjectOn {
	case InjectAll:
		return true
	case InjectReads:
		return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
			len(r.Header["Upgrade"]) == 0 && ownPage(r.Header)
	}
	return false
}

// ownPage reports whether a browser asks on behalf of the app's own pages or of
// its user, who followed a link or typed an address; see "Fetch Metadata Request
// Headers", W3C. Another origin's page that embeds something must rely on the
// cookies it has. Clients that say nothing are no browsers of today.
func ownPage(h http.Header) bool {
	switch h.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return h.Get("Sec-Fetch-Mode") == "navigate" && h.Get("Sec-Fetch-Dest") == "document"
}
