package web

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// mostRunes bounds what one line of foreign text may bring to a page.
const mostRunes = 4000

// terminal matches what programs print to colour and move about in a terminal:
// CSI and OSC sequences and two-character escapes (ECMA-48).
var terminal = regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])`)

// plain makes foreign text fit to be looked at: terminal sequences are dropped,
// a line that was overwritten (carriage return) shows its last version, other
// control characters show as their pictures, and characters that reorder text
// or are no characters show as U+FFFD. It does not escape HTML: html/template
// does.
func plain(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }) && len(s) <= mostRunes {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = terminal.ReplaceAllString(s, "")
	s = strings.TrimRight(s, "\r\n")
	if i := strings.LastIndexByte(s, '\r'); i >= 0 {
		s = s[i+1:]
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > mostRunes {
			b.WriteString("\u2026")
			break
		}
		b.WriteRune(visible(r))
	}
	return b.String()
}

func visible(r rune) rune {
	switch {
	case r == '\t' || r == '\n':
		return r
	case r < ' ':
		return 0x2400 + r // control pictures
	case r == 0x7f:
		return 0x2421
	case r > 0x7f && r < 0xa0: // C1 controls
		return utf8.RuneError
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c: // direction
		return utf8.RuneError
	case r >= 0xe0000 && r <= 0xe007f: // invisible tags
		return utf8.RuneError
	}
	return r
}
