package sql_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/sql"
)

func TestStatements(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                               nil,
		" -- nothing; here\n;;\n/* ; */": nil,
		"select 1":                       {"select 1"},
		"select 1; select 2;":            {"select 1", "select 2"},
		"select ';', \"a;b\"; select 2":  {"select ';', \"a;b\"", "select 2"},
		"select 'it''s;'; select 2":      {"select 'it''s;'", "select 2"},
		"select 1 -- a; b\n, 2; x":       {"select 1 -- a; b\n, 2", "x"},
		"do $$ begin; end $$; x":         {"do $$ begin; end $$", "x"},
		"do $a$ $$;$$ $a$; x":            {"do $a$ $$;$$ $a$", "x"},
		"select $1; x":                   {"select $1", "x"},
		"select 'open; x":                {"select 'open; x"},
	} {
		if d := cmp.Diff(want, sql.Statements(text)); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}

func FuzzStatements(f *testing.F) {
	f.Add("select 1; -- x\n do $$ ; $$; 'a;'")
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, s := range sql.Statements(text) {
			_, after, ok := strings.Cut(rest, s)
			if !ok || s == "" {
				t.Fatalf("%q is not the next piece of %q", s, rest)
			}
			rest = after
		}
	})
}
