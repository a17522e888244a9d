package api

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/session"
)

// FuzzBody holds the reader of bodies against encoding/json, which it must agree
// with but for what it refuses on purpose.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"a":1,"b":"2","c":null,"d":[],"e":{},"f":true,"g":false}`, `{"a":1,"a":2}`, `[1]`, `null`,
		`{"a":"\ud800\u0041"}`, "{\"a\":\"\xff\"}", `{"a":1e999}`, `{"a":` + strings.Repeat("[", 50), ` {"a" : -0.0 } `, `{} {}`,
		`{"name":"x","gpus":"2","memory":16,"time_limit":60}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parseObject(data)
		if err != nil {
			bad := (*BadRequest)(nil)
			if !errors.As(err, &bad) || bad.Status != 400 || bad.Offset < 0 || bad.Offset > int64(len(data)) {
				t.Fatalf("error %#v", err)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(data, &want); err != nil || want == nil {
			t.Fatalf("encoding/json says %v", err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d members, want %d", len(got), len(want))
		}
		for _, m := range got {
			check(t, m, want[m.Name])
		}
		request, err := launchRequest(got)
		if invalid := (*session.Invalid)(nil); err != nil && (!errors.As(err, &invalid) || len(invalid.Faults) == 0 || request != nil) {
			t.Fatalf("error %#v", err)
		}
		for name, text := range request {
			if m := got[index(got, name)]; m.Text != text || m.Kind != isText && m.Kind != isNumber {
				t.Fatalf("%s is %q", name, text)
			}
		}
	})
}

func check(t *testing.T, m member, raw json.RawMessage) {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil && m.Kind != isNumber { // 1e999 fits no float
		t.Fatalf("%s: %v", m.Name, err)
	}
	kinds := map[kind]bool{m.Kind: true}
	switch v := v.(type) {
	case string:
		if !kinds[isText] || m.Text != v {
			t.Fatalf("%s: %q is %s %q", m.Name, v, m.Kind, m.Text)
		}
		return
	case bool:
		kinds = map[kind]bool{isBool: true}
	case []any:
		kinds = map[kind]bool{isList: true}
	case map[string]any:
		kinds = map[kind]bool{isObject: true}
	case float64:
		kinds = map[kind]bool{isNumber: true}
	case nil:
		kinds = map[kind]bool{isNull: true, isNumber: true}
	}
	if !kinds[m.Kind] || m.Text != string(raw) {
		t.Fatalf("%s: %s is %s %q", m.Name, raw, m.Kind, m.Text)
	}
	if len(m.short()) > 83 {
		t.Fatalf("%d bytes are not short", len(m.short()))
	}
}

func index(o object, name string) int {
	for i, m := range o {
		if m.Name == name {
			return i
		}
	}
	return -1
}
