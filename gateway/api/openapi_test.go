package api_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

func TestDocumentHasEveryRouteAndNoOther(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	open := map[string]string{} // what a token needs for the operation
	param := regexp.MustCompile(`:(\w+)`)
	s.api.Routes(func(method, path string, access login.Access, h func(*gin.Context) error) {
		if h == nil {
			t.Errorf("%s %s has no handler", method, path)
		}
		open[strings.ToLower(method)+" "+param.ReplaceAllString(path, "{$1}")] = needs(access, method)
	})
	described := map[string]string{}
	for path, item := range s.doc.root["paths"].(map[string]any) {
		for method, operation := range item.(map[string]any) {
			if method == "parameters" {
				continue
			}
			described[method+" "+path] = security(operation)
		}
	}
	if diff := gocmp.Diff(open, described); diff != "" {
		t.Errorf("routes (-) and document (+) differ:\n%s", diff)
	}
}

// needs says what a request needs to be let in.
func needs(access login.Access, method string) string {
	if access == login.Anyone {
		return "nothing"
	}
	return strings.TrimSpace("a login, or a token " + string(access.Scope(method)))
}

// security says the same of an operation of the document.
func security(operation any) string {
	ways, _ := at(operation, "security").([]any)
	switch len(ways) {
	case 0:
		return "nothing"
	case 2:
		if at(ways[1], "cookie") != nil {
			return strings.TrimSpace("a login, or a token " + strings.Join(strs(at(ways[0], "token")), " "))
		}
	}
	return "what nobody knows"
}

func TestDocumentHoldsTogether(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	used, ids := map[string]bool{}, map[string]bool{}
	walk(s.doc.root, func(key string, v any) {
		switch key {
		case "$ref":
			used[v.(string)] = true
			s.doc.follow(t, map[string]any{"$ref": v})
		case "operationId":
			if ids[v.(string)] {
				t.Errorf("operationId %q is there twice", v)
			}
			ids[v.(string)] = true
		}
	})
	for kind, all := range s.doc.root["components"].(map[string]any) {
		for name := range all.(map[string]any) {
			if ref := "#/components/" + kind + "/" + name; !used[ref] && kind != "securitySchemes" {
				t.Errorf("nothing uses %s", ref)
			}
		}
	}
	for path, item := range s.doc.root["paths"].(map[string]any) {
		for method, operation := range item.(map[string]any) {
			if method == "parameters" {
				continue
			}
			for _, key := range []string{"summary", "operationId", "tags", "responses"} {
				if at(operation, key) == nil {
					t.Errorf("%s %s has no %s", method, path, key)
				}
			}
		}
	}
}

// walk visits every member of every object.
func walk(v any, visit func(key string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			visit(key, v[key])
			walk(v[key], visit)
		}
	case []any:
		for _, item := range v {
			walk(item, visit)
		}
	}
}

// described are the Go types of the document's schemas. Those of requests have
// none.
var described = map[string]reflect.Type{
	"Session":          reflect.TypeFor[api.Session](),
	"Resources":        reflect.TypeFor[api.Resources](),
	"SessionList":      reflect.TypeFor[api.SessionList](),
	"SessionEnd":       reflect.TypeFor[api.SessionEnd](),
	"LogLine":          reflect.TypeFor[api.LogLine](),
	"LogLines":         reflect.TypeFor[api.LogLines](),
	"QueueList":        reflect.TypeFor[api.QueueList](),
	"Cluster":          reflect.TypeFor[api.Cluster](),
	"Queue":            reflect.TypeFor[api.Queue](),
	"GPU":              reflect.TypeFor[api.GPU](),
	"Token":            reflect.TypeFor[api.Token](),
	"NewToken":         reflect.TypeFor[api.NewToken](),
	"Preset":           reflect.TypeFor[api.Preset](),
	"PresetList":       reflect.TypeFor[api.PresetList](),
	"TokenList":        reflect.TypeFor[api.TokenList](),
	"App":              reflect.TypeFor[api.App](),
	"AppList":          reflect.TypeFor[api.AppList](),
	"Announcement":     reflect.TypeFor[api.Announcement](),
	"AnnouncementList": reflect.TypeFor[api.AnnouncementList](),
	"AuditEntry":       reflect.TypeFor[api.AuditEntry](),
	"AuditLog":         reflect.TypeFor[api.AuditLog](),
	"Me":               reflect.TypeFor[api.Me](),
	"Problem":          reflect.TypeFor[api.Problem](),
	"Limit":            reflect.TypeFor[api.Limit](),
	"LimitList":        reflect.TypeFor[api.LimitList](),
	"PlaceLimits":      reflect.TypeFor[api.PlaceLimits](),
	"Maintenance":      reflect.TypeFor[api.Maintenance](),
	"CurrentLimit":     reflect.TypeFor[api.CurrentLimit](),
	"Fault":            reflect.TypeFor[session.Fault](),
	"EndReason":        reflect.TypeFor[session.EndReason](),
	"Scope":            reflect.TypeFor[login.Scope](),

	"UsageReport":  reflect.TypeFor[usage.Report](),
	"UsageRow":     reflect.TypeFor[usage.Row](),
	"UsageWait":    reflect.TypeFor[usage.Wait](),
	"UsageFailure": reflect.TypeFor[usage.Failure](),
}

func TestSchemasMatchTheTypes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	schemas := s.doc.root["components"].(map[string]any)["schemas"].(map[string]any)
	for name := range schemas {
		if described[name] == nil && !strings.HasSuffix(name, "Request") {
			t.Errorf("no Go type is named for the schema %s", name)
		}
	}
	for name, kind := range described {
		schema, ok := schemas[name].(map[string]any)
		if !ok {
			t.Errorf("there is no schema for %s", kind)
			continue
		}
		matches(t, s.doc, schema, kind, name)
	}
}

// matches compares a schema with what encoding/json makes of the type.
func matches(t *testing.T, d document, schema map[string]any, kind reflect.Type, where string) {
	t.Helper()
	want := jsonType(kind)
	got := types(schema)
	if one, ok := schema["oneOf"].([]any); ok { // a $ref or null
		schema = d.follow(t, one[0])
		got = append(types(schema), types(d.follow(t, one[1]))...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s: Go (-) and schema (+) differ:\n%s", where, diff)
	}
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if kind == reflect.TypeFor[time.Time]() && schema["format"] != "date-time" {
		t.Errorf("%s: a time without the format date-time", where)
	}
	switch kind.Kind() {
	case reflect.Slice:
		matches(t, d, d.follow(t, schema["items"]), kind.Elem(), where+"[]")
	case reflect.Struct:
		if kind == reflect.TypeFor[time.Time]() {
			return
		}
		var names, required []string
		for name, f := range members(kind) {
			names = append(names, name)
			if !f.optional {
				required = append(required, name)
			}
			if property := at(schema, "properties", name); property != nil {
				matches(t, d, d.follow(t, property), f.kind, where+"."+name)
			}
		}
		same(t, where+": members", names, slices.Collect(maps.Keys(schema["properties"].(map[string]any))))
		same(t, where+": required members", required, strs(schema["required"]))
	}
}

func jsonType(kind reflect.Type) []string {
	if kind.Kind() == reflect.Pointer {
		return append(jsonType(kind.Elem()), "null")
	}
	if kind == reflect.TypeFor[time.Time]() {
		return []string{"string"}
	}
	switch kind.Kind() {
	case reflect.String:
		return []string{"string"}
	case reflect.Bool:
		return []string{"boolean"}
	case reflect.Int, reflect.Int64:
		return []string{"integer"}
	case reflect.Float64:
		return []string{"number"}
	case reflect.Slice:
		return []string{"array"}
	case reflect.Struct, reflect.Map:
		return []string{"object"}
	}
	return []string{"Go's " + kind.String()}
}

type field struct {
	kind     reflect.Type
	optional bool
}

// members are a struct's fields by the names that encoding/json gives them.
func members(kind reflect.Type) map[string]field {
	out := map[string]field{}
	for _, f := range reflect.VisibleFields(kind) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" {
			continue
		}
		f.Name = cmp.Or(name, f.Name)
		out[f.Name] = field{f.Type, strings.Contains(options, "omitempty")}
	}
	if kind == reflect.TypeFor[api.Problem]() { // see its MarshalJSON
		out["limit"] = field{reflect.TypeFor[api.Limit](), true}
	}
	return out
}

func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	want, got = slices.Clone(want), slices.Clone(got)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("%s: Go has %q, the document %q", what, want, got)
	}
}

func TestDocumentSpellsTheWordsOfSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	schemas := at(s.doc.root, "components", "schemas")
	properties, _ := at(schemas, "LaunchRequest", "properties").(map[string]any)
	same(t, "fields of a launch request", session.Fields, slices.Collect(maps.Keys(properties)))
	same(t, "states", text(session.States()), strs(at(schemas, "Session", "properties", "state", "enum")))
	same(t, "scopes", text(login.AllScopes()), strs(at(schemas, "Scope", "enum")))
	same(t, "reasons", text(session.EndReasons()), strs(at(schemas, "EndReason", "enum")))
}

func text[T ~string](list []T) (out []string) {
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

func TestDocumentIsPublicAndKnowsItsSite(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := s.get("", "/openapi.json")
	r.want(t, http.StatusOK)
	d := parseDocument(t, r.body)
	if v := at(d.root, "info", "version"); v != "1.2.3-test" {
		t.Errorf("version %v", v)
	}
	if servers := fmt.Sprint(d.root["servers"]); servers != "[map[url:"+publicURL+"]]" {
		t.Errorf("servers %v", servers)
	}
	if bytes.Contains(r.body, []byte("@")) {
		t.Error("a mark was not replaced")
	}
	if !json.Valid(r.body) {
		t.Error("not JSON")
	}
}
