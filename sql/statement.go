package sql

import "strings"

const blanks = " \t\r\n\v\f"

// statements splits a migration at its semicolons, so that an error can name
// the statement it came from. Semicolons within comments, quotes and dollar
// quotes do not count. Pieces without SQL are left out.
func statements(text string) []string {
	var out []string
	start, something := 0, false
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "--"):
			i += span(text[i:], "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i += 2 + span(text[i+2:], "*/")
		case c == '\'' || c == '"':
			i += 1 + span(text[i+1:], string(c))
			something = true
		case c == '$':
			tag := dollarTag(text[i:])
			i += len(tag)
			if len(tag) > 1 {
				i += span(text[i:], tag)
			}
			something = true
		case c == ';':
			if something {
				out = append(out, strings.Trim(text[start:i], blanks))
			}
			i++
			start, something = i, false
		default:
			something = something || strings.IndexByte(blanks, c) < 0
			i++
		}
	}
	if something {
		out = append(out, strings.Trim(text[start:], blanks))
	}
	return out
}

// span is how many bytes there are up to and with the end mark.
func span(text, end string) int {
	if i := strings.Index(text, end); i >= 0 {
		return i + len(end)
	}
	return len(text)
}

// dollarTag is the "$$" or "$tag$" that the text begins with, or "$" alone.
func dollarTag(text string) string {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '$':
			return text[:i+1]
		case c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z'):
			return "$"
		}
	}
	return "$"
}
