package proxy

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// appHost is the host of every URL that a transport sees; each session has a
// transport of its own.
const appHost = "app"

// rewrite makes the request that the app sees.
func rewrite(pr *httputil.ProxyRequest) {
	x := exchangeOf(pr.In.Context())
	out, in := pr.Out, pr.In
	out.URL.Scheme, out.URL.Host = "http", appHost
	out.Host = in.Host
	out.URL.RawQuery = in.URL.RawQuery // ReverseProxy drops parts with a semicolon
	out.Trailer = in.Trailer           // the server fills this very map in
	if x.target.StripPrefix {
		stripPrefix(out.URL, x.target.BasePath)
	}
	for name, values := range out.Header {
		switch {
		case ours(name):
			delete(out.Header, name)
		case name == "Cookie":
			x.p.cookies.hide(out.Header, values)
		}
	}
	setForwarded(out.Header, in, x.target)
	if x.target.injects(in) {
		for name, values := range x.target.Inject {
			out.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
}

// ours reports whether only the gateway may set a header of the name: what it
// says about the client, and the credentials that are meant for it. Some
// frameworks take "_" for "-".
func ours(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	switch name {
	case "authorization", "forwarded", "x-real-ip", "x-scheme", "x-script-name", "x-remote-user", "remote-user":
		return true
	}
	return strings.HasPrefix(name, "x-forwarded-") || strings.HasPrefix(name, "x-berth-")
}

func setForwarded(h http.Header, in *http.Request, t Target) {
	ip, proto := t.ClientIP, t.Proto
	if ip == "" {
		ip, _, _ = net.SplitHostPort(in.RemoteAddr)
	}
	if proto == "" {
		proto = "http"
		if in.TLS != nil {
			proto = "https"
		}
	}
	if ip != "" {
		h["X-Forwarded-For"] = []string{ip}
	}
	h["X-Forwarded-Proto"] = []string{proto}
	h["X-Forwarded-Host"] = []string{in.Host}
	if t.StripPrefix {
		h["X-Forwarded-Prefix"] = []string{strings.TrimSuffix(t.BasePath, "/")}
	}
	if t.User != "" {
		h["X-Berth-User"] = []string{t.User}
	}
}

// stripPrefix takes the base path off a URL's path and leaves the rest as it
// was written, percent signs and all. A path that is not under the base path
// stays.
func stripPrefix(u *url.URL, base string) {
	rest, ok := cutEscaped(u.EscapedPath(), strings.TrimSuffix(base, "/"))
	if !ok {
		return
	}
	if rest == "" {
		rest = "/"
	}
	path, err := url.PathUnescape(rest)
	if err != nil || rest[0] != '/' {
		return
	}
	u.Path, u.RawPath = path, rest
}

// cutEscaped takes prefix, which is plain, off an escaped path.
func cutEscaped(escaped, prefix string) (rest string, ok bool) {
	for i := range len(prefix) {
		n := 1
		if strings.HasPrefix(escaped, "%") {
			n = 3
		}
		if len(escaped) < n {
			return "", false
		}
		c, err := url.PathUnescape(escaped[:n])
		if err != nil || c != prefix[i:i+1] {
			return "", false
		}
		escaped = escaped[n:]
	}
	return escaped, true
}
