package login_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/login"
)

func TestSafeNext(t *testing.T) {
	t.Parallel()
	for _, next := range []string{
		"/", "/sessions/new?app=lab&gpus=2#x", "/user/alice/a%2Fb//c;d?q=http://x", "/user/alice/x/lab?reset",
	} {
		if got := login.SafeNext(next); got != next {
			t.Errorf("%q became %q", next, got)
		}
	}
	for _, next := range []string{
		"", "sessions", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "/\n/evil.example",
		"http://evil.example", "https:/evil.example", "javascript:alert(1)", "/a\\b", "/a b", "/é", " /x", "/x\x00", "/%zz", "?x", "#x",
		"/" + strings.Repeat("x", 3000),
	} {
		if got := login.SafeNext(next); got != "/" {
			t.Errorf("%q became %q", next, got)
		}
	}
}

// As a browser reads it, the result is on our own host.
func FuzzSafeNext(f *testing.F) {
	for _, s := range []string{"/x", "//x", `/\x`, "/\t/x", "http:x", "/.//x", "/..//x", "/%2F/x", "/@x", "/x:y", "/;//x"} {
		f.Add(s)
	}
	base, err := url.Parse("https://own.example/login?next=x")
	if err != nil {
		f.Fatal(err)
	}
	browser := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/")
	f.Fuzz(func(t *testing.T, next string) {
		got := login.SafeNext(next)
		if got != next && got != "/" {
			t.Errorf("%q became %q, which is neither", next, got)
		}
		ref, err := url.Parse(browser.Replace(strings.Trim(got, " \x00\x1f")))
		if err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		if u := base.ResolveReference(ref); u.Scheme != "https" || u.Host != "own.example" || u.User != nil {
			t.Errorf("%q leads to %s", got, u)
		}
		if again := login.SafeNext(got); again != got {
			t.Errorf("%q, checked again, is %q", got, again)
		}
	})
}
