package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestManualPages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root := newRoot()
	root.SetArgs([]string{"man", dir})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"berth.1":              {".SH NAME\nberth \\- ", ".BR berth\\-serve (1)"},
		"berth-config-check.1": {"\\-\\-config", "(default: /etc/berth/berth.yaml)", ".SH SEE ALSO\n.BR berth\\-config (1)"},
	} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s lacks %q:\n%s", name, want, page)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "berth-local-run.1")); err == nil {
		t.Error("a hidden command has a page")
	}
}

func TestRoff(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		".so /etc/passwd": "\\&.so /etc/passwd",
		"'quoted'":        "\\&'quoted'",
		`a\b -c`:          `a\eb \-c`,
		"two\n.lines":     "two .lines",
	} {
		if got := roff(in); got != want {
			t.Errorf("roff(%q) = %q, want %q", in, got, want)
		}
	}
}
