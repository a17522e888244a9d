package pbs

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
)

// record is one line of an answer in the format dsv: an object and its
// attributes.
type record struct {
	name   string            // the job's id, the queue's or the server's name
	fields map[string]string // cleaned; those that were wanted
}

// errShape means that an answer is not what "-F dsv" prints, or was cut off.
var errShape = errors.New("the answer has not the expected shape")

// parseRecords reads what qstat prints with "-F dsv": one line for each object,
//
//	Job Id: 158.pbshost|Job_Name=ok|Job_Owner=alice@pbshost|...
//
// In values a vertical line, a backslash and a line feed are escaped with a
// backslash, so that nobody can forge a field or a line. kind is what a line
// begins with: "Job Id", "Queue", "Server". Only the wanted fields are kept, nil
// for all; of a repeated one the first.
func parseRecords(out []byte, kind string, wanted map[string]bool) ([]record, error) {
	var records []record
	for len(out) > 0 {
		line, rest, whole := bytes.Cut(out, []byte("\n"))
		if !whole {
			return nil, errShape
		}
		out = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		r := record{fields: map[string]string{}}
		head, more := cutField(line)
		name, ok := strings.CutPrefix(head, kind+": ")
		if !ok || name == "" {
			return nil, errShape
		}
		r.name = name
		for more != nil {
			var field string
			field, more = cutField(more)
			key, value, ok := strings.Cut(field, "=")
			if _, again := r.fields[key]; !ok || again || wanted != nil && !wanted[key] {
				continue
			}
			r.fields[key] = clean(value)
		}
		records = append(records, r)
	}
	return records, nil
}

// cutField takes the text up to the next separator and undoes its escapes. more
// is nil after the last field.
func cutField(line []byte) (field string, more []byte) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '|':
			return b.String(), line[i+1:]
		case c == '\\' && i+1 < len(line):
			i++
			switch line[i] {
			case 'n':
				b.WriteByte('\n')
			case '|', '\\':
				b.WriteByte(line[i])
			default:
				b.WriteByte('\\')
				b.WriteByte(line[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// clean makes a value fit to be kept and shown. Every byte that is not UTF-8 and
// every control character becomes U+FFFD: a replaced character can never make
// a name equal to one of ours, a dropped one could.
func clean(value string) string {
	s := strings.ToValidUTF8(value, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}
