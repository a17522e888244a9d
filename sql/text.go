package sql

import (
	"strings"
	"unicode/utf8"
)

// maxText is how many bytes are kept of text that others produced: a
// scheduler's words, the timeline, the audit log.
const maxText = 4096

// clean makes such text fit for Postgres: NUL bytes and invalid UTF-8 become
// U+FFFD, and it is cut to so many bytes between two characters.
func clean(s string, most int) string {
	if len(s) > most {
		s = s[:most]
		for i := 0; i < utf8.UTFMax && s != ""; i++ {
			if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
				break
			}
			s = s[:len(s)-1]
		}
	}
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > most { // U+FFFD has three bytes
		return clean(s, most)
	}
	return s
}
