package slurm

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// column is one field of an answer: how it is asked for, and what it means.
type column[T any] struct {
	name string                 // the scheduler's name of the field
	read func(*T, string) error // nil: asked for only to keep the place
}

// table drives both the request and the parse, so that the two cannot differ.
type table[T any] []column[T]

// separator ends every field. A job's name and account are whatever somebody
// wrote, line breaks and control characters included, so a fixed separator
// could be forged: the separator is a control character and a word that is
// made anew for every command.
type separator string

func newSeparator() separator {
	return separator("\x1f" + rand.Text()[:12])
}

// long is the value of --Format (-O) of squeue and sinfo: each field in full,
// without padding, followed by the separator.
func (t table[T]) long(sep separator) string {
	var b strings.Builder
	for i, c := range t {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.name + ":" + string(sep))
	}
	return b.String()
}

// names is the value of sacct's --format.
func (t table[T]) names() string {
	names := make([]string, len(t))
	for i, c := range t {
		names[i] = c.name
	}
	return strings.Join(names, ",")
}

// errShape means that an answer has not the fields that were asked for. A
// command that does not know a field prints the others and succeeds.
var errShape = errors.New("the answer has not the fields that were asked for")

// parse reads every record. A record is as many fields as there are columns,
// then a line feed. One that cannot be read is passed over, because it may be
// a stranger's; bad counts them.
func (t table[T]) parse(out []byte, sep separator) (records []T, bad int, err error) {
	cut := []byte(sep)
	for len(out) > 0 {
		var record T
		var fault error
		for _, c := range t {
			text, rest, found := bytes.Cut(out, cut)
			if !found {
				return nil, 0, errShape
			}
			out = rest
			if c.read != nil && fault == nil {
				if fault = c.read(&record, clean(text)); fault != nil {
					fault = fmt.Errorf("%s: %w", c.name, fault)
				}
			}
		}
		rest, found := bytes.CutPrefix(out, []byte("\n"))
		if !found {
			return nil, 0, errShape
		}
		out = rest
		if fault != nil {
			bad++
			continue
		}
		records = append(records, record)
	}
	return records, bad, nil
}

// clean makes a field fit to be kept and shown. Every byte that is not UTF-8 and
// every control character becomes U+FFFD: a replaced character can never make
// a name equal to one of ours, a dropped one could. Slurm's "(null)" and "N/A"
// are nothing.
func clean(field []byte) string {
	s := strings.ToValidUTF8(string(field), "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if s == "(null)" || s == "N/A" || s == "n/a" {
		return ""
	}
	return s
}
