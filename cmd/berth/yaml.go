package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// fault is one thing that is wrong with a config file, with its place.
type fault struct {
	Line, Column int
	Key          string // "ldap.transport"
	Message      string
}

// configError is every fault of one file.
type configError struct {
	File   string
	Faults []fault
}

func (e *configError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		place := e.File
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", e.File, f.Line, f.Column)
		}
		lines[i] = place + ": " + f.Message
		if f.Key != "" {
			lines[i] = place + ": " + f.Key + ": " + f.Message
		}
	}
	return strings.Join(lines, "\n")
}

// decodeStrict fills the struct that into points to. It goes on after a fault,
// so that one run names them all, and returns the place of every key that the
// file sets, for faults found later.
func decodeStrict(data []byte, into any) (map[string]fault, []fault) {
	d := &decoder{places: map[string]fault{}}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		line := 0
		_, _ = fmt.Sscanf(err.Error(), "yaml: line %d:", &line)
		return d.places, []fault{{Line: line, Column: 1, Message: strings.TrimPrefix(err.Error(), "yaml: ")}}
	}
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		d.value(root.Content[0], reflect.ValueOf(into).Elem(), "")
	}
	return d.places, d.faults
}

// retired are keys that the config file does not have any more, and what is
// there instead.
var retired = map[string]string{
	"limits": "limits live in the database now: write them into a file of their own and run berth limit apply -f (see deploy/docs/limits.md)",
}

type decoder struct {
	places map[string]fault
	faults []fault
}

func (d *decoder) fault(n *yaml.Node, key, format string, args ...any) {
	d.faults = append(d.faults, fault{Line: n.Line, Column: n.Column, Key: key, Message: fmt.Sprintf(format, args...)})
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if key != "" {
		d.places[key] = fault{Line: n.Line, Column: n.Column, Key: key}
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // "key:" with nothing behind it takes the default
	}
	_, isText := v.Addr().Interface().(interface{ UnmarshalText([]byte) error })
	switch {
	case v.Kind() == reflect.Struct && !isText:
		d.mapping(n, v, key)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		d.sequence(n, v, key)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), key)
	case v.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			at := join(key, n.Content[i].Value)
			d.places[at] = fault{Line: n.Content[i].Line, Column: n.Content[i].Column, Key: at}
		}
		d.scalar(n, v, key)
	default:
		d.scalar(n, v, key)
	}
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, key, "must be a block of keys, not %s", kindName(n))
		return
	}
	fields := fieldsOf(v)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		field, ok := fields[name.Value]
		switch {
		case !ok && retired[join(key, name.Value)] != "":
			d.fault(name, join(key, name.Value), "%s", retired[join(key, name.Value)])
		case !ok:
			d.fault(name, join(key, name.Value), "unknown key%s", suggestion(name.Value, fields))
		case seen[name.Value]:
			d.fault(name, join(key, name.Value), "this key is here twice")
		default:
			seen[name.Value] = true
			d.value(n.Content[i+1], field, join(key, name.Value))
		}
	}
}

func (d *decoder) sequence(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.SequenceNode {
		d.fault(n, key, "must be a list, not %s", kindName(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(item, list.Index(i), fmt.Sprintf("%s[%d]", key, i))
	}
	v.Set(list)
}

// scalar decodes a leaf: a number, a text, or a map of texts.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, key string) {
	if u, ok := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }); ok && n.Kind == yaml.ScalarNode {
		if err := u.UnmarshalText([]byte(n.Value)); err != nil {
			d.fault(n, key, "%v", err)
		}
		return
	}
	if err := n.Decode(v.Addr().Interface()); err != nil {
		d.fault(n, key, "%q is not %s", n.Value, typeName(v.Type()))
	}
}

// fieldsOf maps the names that a struct has in YAML to its fields; an inlined
// struct's are its own.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case strings.Contains(options, "inline"):
			for n, inner := range fieldsOf(v.Field(i)) {
				fields[n] = inner
			}
		case name != "":
			fields[name] = v.Field(i)
		}
	}
	return fields
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a block of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", n.Value)
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int32, reflect.Uint, reflect.Float64:
		return "a number"
	case reflect.Int64:
		if t.Name() == "Duration" {
			return "a span of time like 30s or 5m"
		}
		return "a number"
	case reflect.Map:
		return "a block of keys and texts"
	}
	return "a text"
}

// suggestion names the known key that is nearest to a misspelt one.
func suggestion(name string, fields map[string]reflect.Value) string {
	return suggest(name, slices.Sorted(maps.Keys(fields)))
}

// suggest names the known word that is nearest to a misspelt one, or all.
func suggest(name string, known []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, f := range known {
		if n := distance(name, f); n < least {
			best, least = f, n
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; known here: " + strings.Join(known, ", ")
}

// distance is the number of letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
