package ldapauth

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Characters that no account name needs and that mean something in a filter, a
// DN, a path, a URL, a passwd file, an argument list or a shell.
const forbiddenInNames = "*()\\/:,;=+<>\"'`#&|!?%$~^{}[]"

const maxNameBytes = 256

// nameRule decides what may be an account name.
type nameRule struct {
	pattern  *regexp.Regexp
	keepCase bool
}

func compilePattern(pattern string) (*regexp.Regexp, error) {
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

// check returns the normalised name, or why it cannot be one. The reason does
// not repeat the name: people type passwords into the wrong field.
func (r nameRule) check(name string) (string, error) {
	if !r.keepCase {
		name = lowerASCII(name)
	}
	switch {
	case name == "":
		return "", errors.New("the user name is empty")
	case len(name) > maxNameBytes:
		return "", fmt.Errorf("the user name has more than %d bytes", maxNameBytes)
	case !utf8.ValidString(name):
		return "", errors.New("the user name is not UTF-8")
	case name[0] == '-' || name == "." || name == "..":
		return "", errors.New("the user name could be taken for an option or a folder")
	case strings.ContainsAny(name, forbiddenInNames) || strings.ContainsFunc(name, notPlain):
		return "", errors.New("the user name has a character that no account name has")
	case !r.pattern.MatchString(name):
		return "", errors.New("the user name does not match username_pattern")
	}
	return name, nil
}

func notPlain(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r)
}

// lowerASCII leaves other letters alone: strings.ToLower would turn the Kelvin
// sign into a plain k.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
