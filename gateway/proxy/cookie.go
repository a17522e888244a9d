package proxy

import (
	"net/http"
	"strings"
)

// cookieNames are the gateway's cookies, in lower case; "x*" is kept as the
// prefix "x".
type cookieNames struct {
	exact    map[string]bool
	prefixes []string
}

func newCookieNames(names []string) cookieNames {
	c := cookieNames{exact: map[string]bool{}}
	for _, name := range names {
		for _, guard := range []string{"", "__host-", "__secure-"} {
			name := guard + strings.ToLower(name)
			if prefix, ok := strings.CutSuffix(name, "*"); ok {
				c.prefixes = append(c.prefixes, prefix)
			} else {
				c.exact[name] = true
			}
		}
	}
	return c
}

func (c cookieNames) has(name string) bool {
	name = strings.ToLower(strings.Trim(name, " \t"))
	if c.exact[name] {
		return true
	}
	for _, prefix := range c.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// hide leaves the gateway's cookies out of a request's, and makes one line of
// several, as servers before HTTP/2 expect; the others stay as they were written.
func (c cookieNames) hide(lines []string) []string {
	var kept []string
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			pair = strings.Trim(pair, " \t")
			if name, _, _ := strings.Cut(pair, "="); pair != "" && !c.has(name) {
				kept = append(kept, pair)
			}
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return []string{strings.Join(kept, "; ")}
}

// confine goes through an answer's Set-Cookie lines. A cookie of the gateway's
// name is dropped, and one without a name too, which a browser would send back
// as whatever its value looks like. Domain is taken off, and the path is kept
// within the session's own.
func (c cookieNames) confine(h http.Header, t Target) {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		if line, ok := c.confined(line, t); ok {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		delete(h, "Set-Cookie")
		return
	}
	h["Set-Cookie"] = kept
}

func (c cookieNames) confined(line string, t Target) (string, bool) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, _, named := strings.Cut(pair, "=")
	if name = strings.Trim(name, " \t"); !named || name == "" || c.has(name) || strings.ContainsFunc(line, isControl) {
		return "", false
	}
	path := ""
	out := []string{strings.Trim(pair, " \t")}
	for attribute := range strings.SplitSeq(attributes, ";") {
		attribute = strings.Trim(attribute, " \t")
		key, value, _ := strings.Cut(attribute, "=")
		switch strings.ToLower(strings.Trim(key, " \t")) {
		case "", "domain":
		case "path":
			path = strings.Trim(value, " \t") // the last one counts
		default:
			out = append(out, attribute)
		}
	}
	if path = confinedPath(path, t); path != "" {
		out = append(out, "Path="+path)
	}
	return strings.Join(out, "; "), true
}

// confinedPath is a cookie's path brought under the base path; "" leaves it to
// the browser, which takes the request's folder.
func confinedPath(path string, t Target) string {
	base := t.BasePath
	plain := strings.HasPrefix(path, "/") && strings.Trim(path, pathLetters) == "" && !strings.Contains(path, "..")
	switch {
	case base == "" || base == "/":
		if plain {
			return path
		}
		return ""
	case plain && (path+"/" == base || strings.HasPrefix(path, base)):
		return path
	case plain && t.StripPrefix:
		return base + path[1:]
	}
	return base
}

// pathLetters are letters of a cookie path about which no two browsers differ.
const pathLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~%@:+"

func isControl(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f }
