package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// kind is what a JSON value is.
type kind string

const (
	isNull   kind = "null"
	isBool   kind = "a truth value"
	isNumber kind = "a number"
	isText   kind = "text"
	isList   kind = "a list"
	isObject kind = "an object"
)

// member is one "name": value of a request body.
type member struct {
	Name string
	Kind kind
	// Text is the text itself, or the JSON of anything else: a number as it was
	// written, however many digits it has.
	Text string
}

// object is a request body: a JSON object, its members in the order they came
// in. No name is there twice.
type object []member

// Bounds of what a request body may hold. No request of ours has 20 members.
const (
	maxMembers = 64
	maxName    = 64
)

// parseObject reads one JSON object (RFC 8259). All its errors are *BadRequest.
func parseObject(data []byte) (object, error) {
	if err := checkSyntax(data); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	bad := func(format string, args ...any) error {
		return &BadRequest{Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, args...), Offset: dec.InputOffset()}
	}
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, bad("the body is not a JSON object")
	}
	o := object{}
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		switch {
		case err != nil || !ok:
			return nil, bad("the body is not a JSON object")
		case len(name) > maxName:
			return nil, bad("a member's name is longer than %d bytes", maxName)
		case slices.ContainsFunc(o, func(m member) bool { return m.Name == name }):
			return nil, bad("a member is there twice")
		case len(o) == maxMembers:
			return nil, bad("the object has more than %d members", maxMembers)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, bad("a member's value cannot be read")
		}
		o = append(o, memberOf(name, raw))
	}
	return o, nil
}

// checkSyntax finds the place of what is wrong.
func checkSyntax(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return &BadRequest{Status: http.StatusBadRequest, Detail: "the body is empty; {} asks for the defaults"}
	}
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return &BadRequest{Status: http.StatusBadRequest, Detail: "the body is not UTF-8", Offset: int64(at)}
		}
		at += size
	}
	var whole json.RawMessage
	err := json.Unmarshal(data, &whole)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return &BadRequest{Status: http.StatusBadRequest, Detail: "the body is not JSON: " + syntax.Error(), Offset: syntax.Offset}
	}
	if err != nil {
		return &BadRequest{Status: http.StatusBadRequest, Detail: "the body is not JSON"}
	}
	return nil
}

// memberOf takes JSON that is known to be sound.
func memberOf(name string, raw json.RawMessage) member {
	m := member{Name: name, Kind: isNumber, Text: string(raw)}
	switch raw[0] {
	case '"':
		m.Kind = isText
		_ = json.Unmarshal(raw, &m.Text) // a sound string always fits into one
	case '{':
		m.Kind = isObject
	case '[':
		m.Kind = isList
	case 't', 'f':
		m.Kind = isBool
	case 'n':
		m.Kind = isNull
	}
	return m
}

// short is the member's value as a fault may repeat it.
func (m member) short() string {
	const most = 80
	if len(m.Text) <= most {
		return m.Text
	}
	return strings.ToValidUTF8(m.Text[:most], "") + "..."
}
