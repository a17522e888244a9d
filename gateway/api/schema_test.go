package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// document is an OpenAPI document as the tests read it.
type document struct{ root map[string]any }

func parseDocument(t testing.TB, data []byte) document {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatalf("the document is not JSON: %v", err)
	}
	return document{root}
}

// at walks down the document; nil when there is nothing.
func at(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// follow resolves a $ref, if v is one.
func (d document) follow(t testing.TB, v any) map[string]any {
	t.Helper()
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("not an object: %v", v)
	}
	ref, ok := m["$ref"].(string)
	if !ok {
		return m
	}
	target, ok := at(d.root, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
	if !ok {
		t.Fatalf("%s leads nowhere", ref)
	}
	return target
}

// checked are the schema keywords that validate knows. Any other in the document
// fails the tests, so that none is there that nobody checks.
var checked = []string{
	"$ref", "type", "required", "properties", "additionalProperties", "items", "enum", "pattern", "format",
	"minimum", "maximum", "oneOf", "description", "default",
}

// validate says what is wrong with v by the schema. It is stricter than JSON
// Schema in one way: a member that the schema does not describe is a fault.
func (d document) validate(t testing.TB, schema, v any, where string) []string {
	t.Helper()
	s := d.follow(t, schema)
	for key := range s {
		if !slices.Contains(checked, key) {
			t.Errorf("%s: the tests do not know the schema keyword %q", where, key)
		}
	}
	if alternatives, ok := s["oneOf"].([]any); ok {
		var fit int
		var faults []string
		for _, one := range alternatives {
			wrong := d.validate(t, one, v, where)
			if len(wrong) == 0 {
				fit++
			}
			faults = append(faults, wrong...)
		}
		if fit != 1 {
			return append(faults, fmt.Sprintf("%s: %d alternatives fit", where, fit))
		}
		return nil
	}
	if want := types(s); len(want) > 0 && !slices.ContainsFunc(want, func(kind string) bool { return isA(v, kind) }) {
		return []string{fmt.Sprintf("%s: %v is not of type %v", where, v, want)}
	}
	faults := scalar(s, v, where)
	if items, ok := v.([]any); ok && s["items"] != nil {
		for i, item := range items {
			faults = append(faults, d.validate(t, s["items"], item, fmt.Sprintf("%s[%d]", where, i))...)
		}
	}
	if object, ok := v.(map[string]any); ok && s["properties"] != nil {
		for _, name := range strs(s["required"]) {
			if _, ok := object[name]; !ok {
				faults = append(faults, where+"."+name+": is missing")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			property := at(s, "properties", name)
			if property == nil {
				faults = append(faults, where+"."+name+": is not described")
				continue
			}
			faults = append(faults, d.validate(t, property, object[name], where+"."+name)...)
		}
	}
	return faults
}

func scalar(s map[string]any, v any, where string) (faults []string) {
	bad := func(format string, args ...any) {
		faults = append(faults, where+": "+fmt.Sprintf(format, args...))
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, v) {
		bad("%v is none of %v", v, enum)
	}
	switch v := v.(type) {
	case string:
		if pattern, ok := s["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(v) {
			bad("%q does not match %s", v, pattern)
		}
		if s["format"] == "date-time" {
			if at, err := time.Parse(time.RFC3339, v); err != nil || at.Location() != time.UTC {
				bad("%q is no time in UTC", v)
			}
		}
	case float64:
		if least, ok := s["minimum"].(float64); ok && v < least {
			bad("%v is less than %v", v, least)
		}
		if most, ok := s["maximum"].(float64); ok && v > most {
			bad("%v is more than %v", v, most)
		}
	}
	return faults
}

func types(s map[string]any) []string {
	if one, ok := s["type"].(string); ok {
		return []string{one}
	}
	return strs(s["type"])
}

func isA(v any, kind string) bool {
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && v == math.Trunc(v)
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return false
}

func strs(v any) (out []string) {
	list, _ := v.([]any)
	for _, s := range list {
		out = append(out, s.(string))
	}
	return out
}

// A validator that finds nothing would make every other test here pass.
func TestValidatorFindsFaults(t *testing.T) {
	t.Parallel()
	d := parseDocument(t, []byte(`{"s": {
		"type": "object", "required": ["a"],
		"properties": {
			"a": {"type": "integer", "minimum": 1}, "b": {"type": ["string", "null"], "format": "date-time"},
			"c": {"type": "array", "items": {"$ref": "#/e"}}, "d": {"oneOf": [{"$ref": "#/e"}, {"type": "null"}]}
		}}, "e": {"type": "string", "enum": ["x", "y"], "pattern": "^[xz]$"}}`))
	for _, c := range []struct {
		json   string
		faults int
	}{
		{`{"a": 1, "b": null, "c": ["x"], "d": null}`, 0},
		{`{"a": 2, "b": "2026-01-02T03:04:05.678Z", "d": "x"}`, 0},
		{`{}`, 1},
		{`[]`, 1},
		{`{"a": 0}`, 1},
		{`{"a": 1.5}`, 1},
		{`{"a": "1"}`, 1},
		{`{"a": null}`, 1},
		{`{"a": 1, "b": "yesterday"}`, 1},
		{`{"a": 1, "b": "2026-01-02T03:04:05+01:00"}`, 1},
		{`{"a": 1, "c": ["y", "z", 3]}`, 3},
		{`{"a": 1, "d": 3}`, 3},
		{`{"a": 1, "more": 1}`, 1},
	} {
		var v any
		if err := json.Unmarshal([]byte(c.json), &v); err != nil {
			t.Fatal(err)
		}
		if got := d.validate(t, d.root["s"], v, "s"); len(got) != c.faults {
			t.Errorf("%s: %d faults, want %d: %q", c.json, len(got), c.faults, got)
		}
	}
}
