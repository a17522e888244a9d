package proxy

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

var errBadTarget = errors.New("the request's path cannot be passed on")

// writeHead writes the request that the app sees, up to the empty line.
func (x *exchange) writeHead(out *bufio.Writer) error {
	in := x.in
	uri := in.URL.RequestURI()
	if x.target.StripPrefix {
		uri = stripPrefix(in.URL, x.target.BasePath)
	}
	if !strings.HasPrefix(uri, "/") && uri != "*" || strings.ContainsFunc(uri, isBlank) {
		return errBadTarget
	}
	line(out, in.Method, " ", uri, " HTTP/1.1\r\nHost: ", clean(in.Host), "\r\n")

	var inject http.Header
	if x.target.injects(in) {
		inject = x.target.Inject
	}
	dropped := connectionTokens(in.Header)
	for name, values := range in.Header {
		if hopByHop(name) || dropped[name] || ours(name) {
			continue
		}
		switch name {
		case "Content-Length", "Host", "Expect":
			continue
		case "Cookie":
			values = x.p.cookies.hide(values)
		}
		if _, replaced := inject[name]; replaced {
			continue
		}
		for _, value := range values {
			line(out, name, ": ", value, "\r\n")
		}
	}
	x.writeForwarded(out)
	for name, values := range inject {
		for _, value := range values {
			line(out, http.CanonicalHeaderKey(clean(name)), ": ", clean(value), "\r\n")
		}
	}
	x.writeFraming(out)
	line(out, "\r\n")
	return nil
}

// writeForwarded tells the app about the client.
func (x *exchange) writeForwarded(out *bufio.Writer) {
	t, in := x.target, x.in
	if t.ClientIP == "" {
		t.ClientIP, _, _ = net.SplitHostPort(in.RemoteAddr)
	}
	if t.Proto == "" {
		t.Proto = "http"
		if in.TLS != nil {
			t.Proto = "https"
		}
	}
	if t.ClientIP != "" {
		line(out, "X-Forwarded-For: ", clean(t.ClientIP), "\r\n")
	}
	line(out, "X-Forwarded-Proto: ", clean(t.Proto), "\r\nX-Forwarded-Host: ", clean(in.Host), "\r\n")
	if t.StripPrefix {
		line(out, "X-Forwarded-Prefix: ", clean(strings.TrimSuffix(t.BasePath, "/")), "\r\n")
	}
	if t.User != "" {
		line(out, "X-Berth-User: ", clean(t.User), "\r\n")
	}
}

// writeFraming says how the body is delimited and what else belongs to this
// connection.
func (x *exchange) writeFraming(out *bufio.Writer) {
	in := x.in
	switch {
	case in.ContentLength > 0, in.ContentLength == 0 && (in.Method == http.MethodPost || in.Method == http.MethodPut || in.Method == http.MethodPatch):
		line(out, "Content-Length: ", strconv.FormatInt(in.ContentLength, 10), "\r\n")
	case in.ContentLength < 0:
		line(out, "Transfer-Encoding: chunked\r\n")
		for name := range in.Trailer {
			line(out, "Trailer: ", name, "\r\n")
		}
	}
	if x.expects() {
		line(out, "Expect: 100-continue\r\n")
	}
	trailers := hasToken(in.Header["Te"], "trailers")
	if trailers {
		line(out, "Te: trailers\r\n")
	}
	switch protocol := upgradeOf(in.Header); {
	case protocol != "":
		line(out, "Connection: Upgrade\r\nUpgrade: ", clean(protocol), "\r\n")
	case trailers:
		line(out, "Connection: Te\r\n")
	}
}

func line(out *bufio.Writer, parts ...string) {
	for _, part := range parts {
		_, _ = out.WriteString(part) // Flush reports it
	}
}

func isBlank(r rune) bool { return r <= ' ' || r == 0x7f }

// stripPrefix is the URL's path and query without the base path; the rest stays
// as it was written, percent signs and all. A path that is not under the base
// path stays whole.
func stripPrefix(u *url.URL, base string) string {
	rest, ok := cutEscaped(u.EscapedPath(), strings.TrimSuffix(base, "/"))
	if !ok || (rest != "" && rest[0] != '/') {
		return u.RequestURI()
	}
	if rest == "" {
		rest = "/"
	}
	if u.ForceQuery || u.RawQuery != "" {
		rest += "?" + u.RawQuery
	}
	return rest
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
