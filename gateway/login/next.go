package login

import (
	"net/url"
	"strings"
)

const maxNext = 2048

// SafeNext returns next if it is a path (with query and fragment) on our own
// host, byte for byte, else "/". Browsers read a URL more generously than RFC
// 3986 (WHATWG URL Standard, "basic URL parser"): they drop tabs and line
// breaks and take a backslash for a slash, so none of these may occur.
func SafeNext(next string) string {
	switch {
	case len(next) > maxNext,
		!strings.HasPrefix(next, "/"),
		strings.HasPrefix(next, "//"),
		strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }):
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "/"
	}
	return next
}
