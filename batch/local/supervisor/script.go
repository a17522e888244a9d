package supervisor

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
)

// interpreter is the argv that a script's first line names (execve(2),
// "Interpreter scripts"): a program, and at most one argument. The script is
// given to it by us and not by the kernel, so that it may lie on a file system
// that is mounted noexec.
func interpreter(script []byte) ([]string, error) {
	line, _, _ := bytes.Cut(script[:min(len(script), 4096)], []byte("\n"))
	rest, ok := strings.CutPrefix(string(line), "#!")
	if !ok {
		return nil, errors.New("the script names no interpreter")
	}
	program, argument, _ := strings.Cut(strings.Trim(rest, " \t\r"), " ")
	if !filepath.IsAbs(program) || strings.ContainsRune(rest, 0) {
		return nil, errors.New("the script's first line names no program")
	}
	argv := []string{program}
	if argument = strings.Trim(argument, " \t"); argument != "" {
		argv = append(argv, argument)
	}
	return argv, nil
}
