package admin

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Invalid says what is wrong with what an admin has asked for. Whoever asked
// can mend it.
type Invalid struct {
	Field  string // the form's or flag's name; "" for the whole
	Reason string // in plain words, a sentence
}

func (e *Invalid) Error() string { return e.Reason }

// mostReason bounds a reason in bytes.
const mostReason = 300

// reasonOf checks a reason that has to be given.
func reasonOf(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case utf8.RuneCountInString(text) < 3:
		return "", &Invalid{"reason", "Say why, in a few words: it is written down."}
	case len(text) > mostReason || !utf8.ValidString(text):
		return "", &Invalid{"reason", "The reason is too long; 300 bytes are kept."}
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", &Invalid{"reason", "The reason has characters that are no text."}
	}
	return text, nil
}
