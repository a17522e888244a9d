package login

import (
	"strings"
	"testing"
)

// Whatever a browser or program sends: only what newSecret can have made is
// looked up, and different texts have different hashes.
func FuzzHashSecret(f *testing.F) {
	good := newSecret()
	for _, s := range []string{good, tokenPrefix + good, good + "=", good[:42], "", good + "\n", strings.Repeat("/", 43), strings.Repeat("-", 43), good[:42] + "_"} {
		f.Add(s)
	}
	base, ok := hashSecret(good)
	if !ok {
		f.Fatal("a new secret is refused")
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, ok := hashSecret(text)
		if ok && (len(text) != 43 || strings.ContainsAny(text, "+/= \r\n")) {
			t.Errorf("%q is accepted", text)
		}
		if ok && text != good && h == base {
			t.Errorf("%q has the hash of %q", text, good)
		}
		if _, isToken := hashToken(text); isToken && ok {
			t.Errorf("%q is both a cookie and a token", text)
		}
		if th, isToken := hashToken(tokenPrefix + text); isToken != ok || (ok && th == h) {
			t.Errorf("%q as a token: %t, as a cookie: %t", text, isToken, ok)
		}
	})
}

// Keys are what goes into the store, whatever is typed.
func FuzzKeys(f *testing.F) {
	for _, s := range []string{"alice", "Alice ", "", "a b", "\x00", "192.0.2.1", "::ffff:1.2.3.4", "fe80::1%eth0", "2001:db8::1", strings.Repeat("a", 999)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range []key{userKey(s), addressKey(s)} {
			if len(k.name) > 80 || strings.ContainsFunc(k.name, func(r rune) bool { return r <= ' ' || r > '~' }) {
				t.Errorf("%q has the key %q", s, k.name)
			}
		}
		if userKey(s) != userKey(" "+strings.ToLower(s)) {
			t.Errorf("%q has two keys", s)
		}
	})
}
