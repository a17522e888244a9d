package proxy

import (
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
)

// headerUser tells the app who is signed in.
const headerUser = "X-Berth-User"

// rewrite makes the app's request out of the browser's.
func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	t := journeyOf(r.In.Context()).target
	out := r.Out
	out.URL.Scheme, out.URL.Host = "http", t.Session // a name only; the lane dials
	out.URL.RawQuery = r.In.URL.RawQuery             // ReverseProxy drops parts with ";"
	if t.StripPrefix {
		strip(r, t.BasePath)
	}
	out.Host = r.In.Host
	for name := range out.Header {
		if strings.HasPrefix(name, "X-Berth-") {
			delete(out.Header, name)
		}
	}
	out.Header.Del("Authorization")
	out.Header.Del("X-Real-Ip")
	p.cookies.hide(out.Header)
	forwarded(r, t)
	out.Header.Set(headerUser, t.User)
	if t.InjectOn == InjectAll || t.InjectOn == InjectReads && reads(r.In) {
		for name, values := range t.Inject {
			out.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
}

// reads reports whether the request changes nothing and upgrades nothing.
func reads(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Upgrade") == ""
}

// forwarded tells the app about the browser. What a browser says of itself is
// gone already.
func forwarded(r *httputil.ProxyRequest, t Target) {
	ip, proto := t.ClientIP, t.Proto
	if ip == "" {
		ip, _, _ = net.SplitHostPort(r.In.RemoteAddr)
	}
	if proto == "" {
		proto = "http"
		if r.In.TLS != nil {
			proto = "https"
		}
	}
	if ip != "" {
		r.Out.Header.Set("X-Forwarded-For", ip)
	}
	r.Out.Header.Set("X-Forwarded-Host", r.In.Host)
	r.Out.Header.Set("X-Forwarded-Proto", proto)
}

// strip takes the base path off, in the escaped and the plain form alike.
func strip(r *httputil.ProxyRequest, base string) {
	base = strings.TrimSuffix(base, "/")
	r.Out.URL.Path = strings.TrimPrefix(r.In.URL.Path, base)
	r.Out.URL.RawPath = strings.TrimPrefix(r.In.URL.RawPath, base)
	if !strings.HasPrefix(r.Out.URL.Path, "/") {
		r.Out.URL.Path, r.Out.URL.RawPath = "/", ""
	}
}
