package web

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// filterBar is the form above a list, by which its rows are chosen. It is a GET
// form: what was chosen is in the address and can be kept as a bookmark.
type filterBar struct {
	Action string // the list's path
	Fields []filterField
	Set    bool // something was chosen
	values url.Values
}

// filterField is one field of it: a text, a date, or a choice.
type filterField struct {
	Kind        string // "search", "text", "date"; any with Options is a choice
	Name, Label string
	Placeholder string
	Options     []option
	List        *suggestions
	Value       string
}

// option is one entry of a choice.
type option struct{ Value, Words string }

// suggestions are values that a text field offers; others may be typed too.
type suggestions struct {
	ID     string
	Values []string
}

// newFilter reads the fields' values out of a query. Texts are cut to 256 bytes;
// a value that is none of a choice's options counts as its first one.
func newFilter(action string, query url.Values, fields ...filterField) *filterBar {
	b := &filterBar{Action: action, values: url.Values{}}
	for _, f := range fields {
		v := strings.TrimSpace(query.Get(f.Name))
		if len(v) > mostValue {
			v = v[:mostValue]
		}
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			v = ""
		}
		if len(f.Options) > 0 {
			v = oneOf(v, f.Options)
			if v != f.Options[0].Value {
				b.Set = true
			}
		} else if v != "" {
			b.Set = true
		}
		f.Value = v
		if v != "" {
			b.values.Set(f.Name, v)
		}
		b.Fields = append(b.Fields, f)
	}
	return b
}

func oneOf(v string, options []option) string {
	for _, o := range options {
		if o.Value == v {
			return v
		}
	}
	return options[0].Value
}

// Get is what was chosen for a field.
func (b *filterBar) Get(name string) string { return b.values.Get(name) }

// link is the list's address with the same choice and, besides, key=value.
func (b *filterBar) link(key, value string) string {
	q := url.Values{}
	for name, v := range b.values {
		q[name] = v
	}
	if key != "" {
		q.Set(key, value)
	}
	if len(q) == 0 {
		return b.Action
	}
	return b.Action + "?" + q.Encode()
}
