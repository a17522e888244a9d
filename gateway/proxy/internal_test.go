package proxy

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// frame is a WebSocket frame as RFC 6455 writes it.
func frame(opcode byte, masked bool, size int) []byte {
	b := []byte{0x80 | opcode}
	mask := byte(0)
	if masked {
		mask = 0x80
	}
	switch {
	case size < 126:
		b = append(b, mask|byte(size))
	case size < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(size))
	default:
		b = binary.BigEndian.AppendUint64(append(b, mask|127), uint64(size))
	}
	if masked {
		b = append(b, 1, 2, 3, 4)
	}
	return append(b, make([]byte, size)...)
}

// However a stream is cut into pieces: the ends of frames are found, and what
// is not a control frame is noticed.
func TestFramesAreFollowed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		ends := map[int]bool{0: true}
		data := false
		for range rapid.IntRange(0, 8).Draw(t, "frames") {
			opcode := rapid.SampledFrom([]byte{0, 1, 2, 8, 9, 10}).Draw(t, "opcode")
			size := rapid.OneOf(rapid.IntRange(0, 130), rapid.IntRange(0, 70000)).Draw(t, "size")
			if opcode >= 8 {
				size %= 126
			}
			data = data || opcode < 8
			stream = append(stream, frame(opcode, rapid.Bool().Draw(t, "masked"), size)...)
			ends[len(stream)] = true
		}
		var f frames
		seen := false
		for at := 0; at < len(stream); {
			n := rapid.IntRange(1, len(stream)-at).Draw(t, "piece")
			seen = f.pass(stream[at:at+n]) || seen
			at += n
			if f.between() != ends[at] {
				t.Fatalf("after %d bytes: between is %v", at, f.between())
			}
		}
		if seen != data {
			t.Fatalf("data seen: %v, sent: %v", seen, data)
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add(frame(1, true, 300), 7)
	f.Add([]byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 1)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		var whole, pieces frames
		a := whole.pass(b)
		cut = min(max(cut, 0), len(b))
		c := pieces.pass(b[:cut])
		d := pieces.pass(b[cut:])
		if whole != pieces || a != (c || d) {
			t.Errorf("%+v and %+v", whole, pieces)
		}
	})
}

func TestStripPrefixKeepsSpelling(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/user/al%C3%AFce/lab/a":       "/a",
		"/user/al%c3%afce/lab/%2e%2E/": "/%2e%2E/",
		"/%75ser/al%C3%AFce/lab/x?":    "/x?",
		"/user/al%C3%AFce/lab":         "/",
		"/user/al%C3%AFce/lab?a=1":     "/?a=1",
		"/user/al%C3%AFce/labor/x":     "/user/al%C3%AFce/labor/x",
		"/other":                       "/other",
		"/user/al%C3%AFce/lab//e%20":   "//e%20",
	} {
		u, err := url.ParseRequestURI(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := stripPrefix(u, "/user/alïce/lab/"); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func FuzzStripPrefix(f *testing.F) {
	f.Add("/user/a/lab/x%2f?y=;", "/user/a/lab/")
	f.Add("/%75ser/a%20b/l", "/user/a b/l/")
	f.Fuzz(func(t *testing.T, uri, base string) {
		u, err := url.ParseRequestURI(uri)
		if err != nil || !strings.HasPrefix(uri, "/") || !strings.HasPrefix(base, "/") {
			return
		}
		got := stripPrefix(u, base)
		if !strings.HasPrefix(got, "/") || !strings.HasSuffix(u.RequestURI(), strings.TrimPrefix(got, "/")) {
			t.Errorf("%q without %q is %q", uri, base, got)
		}
	})
}

func TestOurNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"X-Berth-User": true, "X_berth_user": true, "x-BERTH_anything": true, "X-Forwarded-For": true,
		"X_Forwarded-Proto": true, "Authorization": true, "Forwarded": true, "X-Real-Ip": true, "Remote_User": true,
		"Authorization-Info": false, "X-Xsrftoken": false, "Cookie": false, "X-Berth": false, "X-Forward": false, "": false,
	} {
		if got := ours(name); got != want {
			t.Errorf("ours(%q) is %v", name, got)
		}
	}
}

func TestRelocate(t *testing.T) {
	t.Parallel()
	x := &exchange{target: Target{BasePath: "/user/alice/lab/"}, in: &http.Request{Host: "gw.example:8000"}}
	for in, want := range map[string]string{
		"/login?next=/a":               "/user/alice/lab/login?next=/a",
		"/":                            "/user/alice/lab/",
		"/user/alice/lab/x":            "/user/alice/lab/x",
		"relative/x":                   "relative/x",
		"?q":                           "?q",
		"http://gw.example:8000/x#f":   "http://gw.example:8000/user/alice/lab/x#f",
		"//GW.example:8000/x":          "//GW.example:8000/user/alice/lab/x",
		"https://elsewhere.example/x":  "https://elsewhere.example/x",
		"https://gw.example:8000":      "https://gw.example:8000",
		"/a%2Fb;c":                     "/user/alice/lab/a%2Fb;c",
		"http://u@gw.example:8000/x":   "http://u@gw.example:8000/user/alice/lab/x",
		"/user/alice/laboratory":       "/user/alice/lab/user/alice/laboratory",
		"javascript:alert(1)":          "javascript:alert(1)",
		"http://gw.example:8000/a?b=/": "http://gw.example:8000/user/alice/lab/a?b=/",
	} {
		if got := x.relocate(in); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func FuzzRelocate(f *testing.F) {
	f.Add("/x")
	f.Add("//h/%zz")
	f.Add("http://h//")
	x := &exchange{target: Target{BasePath: "/user/alice/lab/"}, in: &http.Request{Host: "h"}}
	f.Fuzz(func(t *testing.T, location string) {
		got := x.relocate(location)
		if got != location && strings.Replace(got, "/user/alice/lab", "", 1) != location {
			t.Errorf("%q became %q", location, got)
		}
	})
}

func TestCookiePaths(t *testing.T) {
	t.Parallel()
	names := newCookieNames([]string{"berth_login", "__Host-berth*"})
	for _, c := range []struct {
		line, base string
		strip      bool
		want       string // "": dropped
	}{
		{"a=1", "/", false, "a=1"},
		{"a=1; Path=/x; Domain=.example.org", "/", false, "a=1; Path=/x"},
		{"a=1; path=/; PATH=/user/alice/lab/x", "/user/alice/lab/", false, "a=1; Path=/user/alice/lab/x"},
		{"a=1; Path=/user/alice/lab", "/user/alice/lab/", false, "a=1; Path=/user/alice/lab"},
		{"a=1; Path=/user/alice/lab2", "/user/alice/lab/", false, "a=1; Path=/user/alice/lab/"},
		{"a=1; Path=/x", "/user/alice/lab/", true, "a=1; Path=/user/alice/lab/x"},
		{"a=1;;  Max-Age=3 ;Secure", "/user/alice/lab/", false, "a=1; Max-Age=3; Secure; Path=/user/alice/lab/"},
		{"=berth_login=evil", "/", false, ""},
		{"berth_login", "/", false, ""},
		{"__Secure-Berth_Login=evil", "/", false, ""},
		{"__host-BERTH2=evil", "/", false, ""},
		{"a=1\x01", "/", false, ""},
		{"a=1\tb", "/", false, "a=1\tb"},
	} {
		got, _ := names.confined(c.line, Target{BasePath: c.base, StripPrefix: c.strip})
		if got != c.want {
			t.Errorf("%q below %s became %q, want %q", c.line, c.base, got, c.want)
		}
	}
}

func TestCleanValues(t *testing.T) {
	t.Parallel()
	if got := clean("alice\r\nX-Berth-User: root\x00ü"); got != "aliceX-Berth-User: rootü" {
		t.Errorf("%q", got)
	}
}

func TestPartsAreFramed(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	u := &upstream{}
	u.buffers()
	u.out.Reset(&b)
	if err := writePart(u.out, []byte("0123456789abcdef!"), true); err != nil || b.String() != "11\r\n0123456789abcdef!\r\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}
