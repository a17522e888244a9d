package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrMissing means that no PostgreSQL server is installed.
var ErrMissing = errors.New("no PostgreSQL server is installed here (apt-get install postgresql, or dnf install postgresql-server); or name one by its URL")

// binaries are one installed version.
type binaries struct {
	dir     string
	version string // major: "15"
}

// find chooses the newest installed version, or the one that the data were made
// by.
func find(ctx context.Context, data string) (binaries, error) {
	want := ""
	if text, err := os.ReadFile(filepath.Join(data, "PG_VERSION")); err == nil {
		want = strings.TrimSpace(string(text))
	}
	installed := installations(ctx)
	for _, b := range installed {
		if want == "" || b.version == want {
			return b, nil
		}
	}
	if want != "" && len(installed) > 0 {
		return binaries{}, fmt.Errorf("the data in %s are PostgreSQL %s's, and only %s is installed; pg_upgrade brings them up", data, want, installed[0].version)
	}
	return binaries{}, ErrMissing
}

// installations are all that can be found, the newest first.
func installations(ctx context.Context) []binaries {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/bin"} {
		found, _ := filepath.Glob(pattern) // the patterns are well-formed
		dirs = append(dirs, found...)
	}
	var all []binaries
	for _, dir := range dirs {
		if !executable(filepath.Join(dir, "postgres")) || !executable(filepath.Join(dir, "initdb")) {
			continue
		}
		if v := versionOf(ctx, filepath.Join(dir, "postgres")); v != "" {
			all = append(all, binaries{dir: dir, version: v})
		}
	}
	slices.SortStableFunc(all, func(a, b binaries) int { return number(b.version) - number(a.version) })
	return all
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// versionPattern reads "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)".
var versionPattern = regexp.MustCompile(`\(PostgreSQL\) ([0-9]+)`)

func versionOf(ctx context.Context, postgres string) string {
	out, err := exec.CommandContext(ctx, postgres, "--version").Output()
	if err != nil {
		return ""
	}
	if m := versionPattern.FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return ""
}

func number(version string) int {
	n, err := strconv.Atoi(version)
	if err != nil {
		return 0
	}
	return n
}

// Installed says which version would be used for new data. ErrMissing without
// one.
func Installed(ctx context.Context) (version string, err error) {
	b, err := find(ctx, "")
	return b.version, err
}
