package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// mostSocketPath is the length of a Unix socket's path, without its NUL byte
// (sun_path in unix(7) has 108 bytes).
const mostSocketPath = 107

// makeDir makes the private directory, as near to the job's own scratch as the
// length of a socket's path allows.
func makeDir(tmpdir string) (string, error) {
	var errs []error
	for _, parent := range []string{tmpdir, "/tmp", "/var/tmp"} {
		if !filepath.IsAbs(parent) || len(parent)+len("/berth-1234567890/socket") > mostSocketPath {
			continue
		}
		dir, err := os.MkdirTemp(parent, "berth-") // mode 0700, and it did not exist
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("no private directory: %w", errors.Join(errs...))
}

// writeFiles writes the manifest's files below dir.
func writeFiles(dir string, m tunnel.Manifest, expand func(string) string) error {
	for name, text := range m.Files {
		file := filepath.Join(dir, name)
		if !filepath.IsLocal(name) {
			return fmt.Errorf("the file %q does not stay inside the directory", name)
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(expand(text)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// expander replaces ${NAME} for the names that it is given, and nothing else.
func expander(values map[string]string) func(string) string {
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, "${"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace
}
