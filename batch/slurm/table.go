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
// then a line feed. A field that cannot be read is as if it were not said: a
// version with a new word for something must not hide its jobs from us. odd
// joins the first such faults.
func (t table[T]) parse(out []byte, sep separator) (records []T, odd, err error) {
	cut, faults := []byte(sep), 0
	for len(out) > 0 {
		var record T
		for _, c := range t {
			text, rest, found := bytes.Cut(out, cut)
			if !found {
				return nil, nil, errShape
			}
			out = rest
			if c.read == nil {
				continue
			}
			if fault := c.read(&record, clean(text)); fault != nil && faults < mostFaults {
				faults++
				odd = errors.Join(odd, fmt.Errorf("%s: %w", c.name, fault))
			}
		}
		rest, found := bytes.CutPrefix(out, []byte("\n"))
		if !found {
			return nil, nil, errShape
		}
		out = rest
		records = append(records, record)
	}
	return records, odd, nil
}

const mostFaults = 5

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
