package tunnel

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Validate checks the manifest the way the agent does before it runs anything.
// It says nothing about Link and LinkSecret.
func (m Manifest) Validate() error {
	switch {
	case !validID(m.Session):
		return errors.New("manifest: the session id is missing or malformed")
	case m.Attempt < 1:
		return errors.New("manifest: attempt must be at least 1")
	case len(m.Command) == 0 || m.Command[0] == "":
		return errors.New("manifest: there is no command")
	case !strings.HasPrefix(m.BasePath, "/") || !strings.HasSuffix(m.BasePath, "/"):
		return errors.New("manifest: the base path must begin and end with /")
	case m.Listen != ListenUnix && m.Listen != ListenPort:
		return fmt.Errorf("manifest: listen is %.20q, not unix or port", m.Listen)
	case m.Ready.Path != "" && !strings.HasPrefix(m.Ready.Path, "/"):
		return errors.New("manifest: the ready path must begin with /")
	case m.Activity.Path != "" && (!strings.HasPrefix(m.Activity.Path, "/") || !strings.HasSuffix(m.Activity.Path, "/")):
		return errors.New("manifest: the activity path must begin and end with /")
	case m.Ready.Timeout < 0 || m.StopGrace < 0:
		return errors.New("manifest: negative time")
	case m.Dir != "" && !filepath.IsAbs(m.Dir) && !strings.HasPrefix(m.Dir, "${HOME}"):
		return errors.New("manifest: the working directory must be absolute")
	}
	if len(m.Gateways) > 0 {
		if err := validGateways(m.Gateways, m.Fingerprints); err != nil {
			return fmt.Errorf("manifest: %w", err)
		}
	}
	for _, arg := range m.Command {
		if err := public("command", arg); err != nil {
			return err
		}
	}
	for name, value := range m.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return fmt.Errorf("manifest: %.40q cannot name an environment variable", name)
		}
		if err := public("env "+name, value); err != nil {
			return err
		}
	}
	for name := range m.Files {
		if !filepath.IsLocal(name) || name != filepath.Clean(name) || name == "." || strings.ContainsRune(name, 0) {
			return fmt.Errorf("manifest: file %.80q does not stay inside the directory", name)
		}
	}
	return nil
}

// public refuses what may not stand where other users or other programs see it.
func public(where, s string) error {
	if strings.Contains(s, "${TOKEN}") {
		return fmt.Errorf("manifest: %.60s: ${TOKEN} may stand in files and ready headers only", where)
	}
	if strings.ContainsRune(s, 0) {
		return fmt.Errorf("manifest: %.60s: a NUL byte", where)
	}
	return nil
}
