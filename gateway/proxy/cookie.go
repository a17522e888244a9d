package proxy

import (
	"net/http"
	"strings"
)

// guard keeps the gateway's cookies and the apps' apart.
type guard struct {
	exact    map[string]bool // in lower case
	prefixes []string
}

func newGuard(names []string) guard {
	g := guard{exact: map[string]bool{}}
	for _, n := range names {
		n = strings.ToLower(n)
		if p, ok := strings.CutSuffix(n, "*"); ok {
			g.prefixes = append(g.prefixes, p)
		} else {
			g.exact[n] = true
		}
	}
	return g
}

func (g guard) ours(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	if g.exact[name] {
		return true
	}
	for _, p := range g.prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// hide takes the gateway's cookies out of a request; the others stay as they
// were written.
func (g guard) hide(h http.Header) {
	lines := h["Cookie"]
	var kept []string
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ";") {
			name, _, _ := strings.Cut(part, "=")
			if part = strings.TrimSpace(part); part != "" && !g.ours(name) {
				kept = append(kept, part)
			}
		}
	}
	if len(kept) == 0 {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = []string{strings.Join(kept, "; ")}
}

// confine drops an app's Set-Cookie for a name of the gateway's, takes Domain
// off every other, and keeps its Path within base.
func (g guard) confine(h http.Header, base string) {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	kept := lines[:0:0]
	for _, line := range lines {
		parts := strings.Split(line, ";")
		name, _, ok := strings.Cut(parts[0], "=")
		if !ok || g.ours(name) || strings.ContainsAny(line, "\r\n\x00") {
			continue
		}
		kept = append(kept, confined(parts, base))
	}
	if len(kept) == 0 {
		delete(h, "Set-Cookie")
		return
	}
	h["Set-Cookie"] = kept
}

func confined(parts []string, base string) string {
	out, path := parts[:1:1], base
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "domain":
			continue
		case "path":
			if v := strings.TrimSpace(value); within(v, base) {
				path = v
			}
			continue
		}
		out = append(out, part)
	}
	return strings.Join(append(out, " Path="+path), ";")
}

// within reports whether a cookie path is the base path or below it, written in
// letters about which no two browsers differ.
func within(path, base string) bool {
	plain := strings.IndexFunc(path, odd) < 0 && !strings.Contains(path, "..")
	return plain && (path == strings.TrimSuffix(base, "/") || strings.HasPrefix(path, base))
}

const pathLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~%@:+"

func odd(r rune) bool { return !strings.ContainsRune(pathLetters, r) }
