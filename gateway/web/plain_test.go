package web

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                     "",
		"as it is: ümläut 日本":                  "as it is: ümläut 日本",
		"\x1b[31mred\x1b[0m and \x1b[1;4mbold": "red and bold",
		"\x1b]0;title\x07shown":                "shown",
		"\x1b]8;;http://x\x1b\\link":           "link",
		"10%\r57%\r100%":                       "100%",
		"dos\r\n":                              "dos",
		"bell\x07":                             "bell␇",
		"del\x7f":                              "del␡",
		"\x00":                                 "␀",
		"bad\xff":                              "bad\uFFFD",
		"\u009b31m":                            "\uFFFD31m",
		"evil\u202egpj.exe":                    "evil\uFFFDgpj.exe",
		"tab\tstays":                           "tab\tstays",
		"alone\x1b":                            "alone␛",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := plain(strings.Repeat("x", 3*mostRunes)); utf8.RuneCountInString(got) != mostRunes+1 {
		t.Errorf("%d characters of a long line", utf8.RuneCountInString(got))
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"a\x1b[31mb", "\x1b]0;x", "a\rb", "\xff\x00\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := plain(s)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > mostRunes+1 {
			t.Errorf("%q: %q", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) && r != '\t' && r != '\n' {
				t.Errorf("%q: %U is left", s, r)
			}
		}
		if again := plain(got); again != got && utf8.RuneCountInString(got) <= mostRunes {
			t.Errorf("%q: %q, and then %q", s, got, again)
		}
	})
}
