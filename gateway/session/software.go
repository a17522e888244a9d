package session

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Software is where an app's programs come from on the node. All of it may be
// set; it applies in the order of the fields.
type Software struct {
	// Modules are loaded with "module load" (Lmod, Environment Modules).
	Modules []string `yaml:"modules"`
	// Conda is an environment's name or folder. The conda command must be found:
	// in PATH, or by a module.
	Conda string `yaml:"conda"`
	// Venv is the folder of a Python virtual environment. A leading ~/ is the
	// owner's home.
	Venv string `yaml:"venv"`
	// Container runs the app's command inside an image, with Apptainer.
	Container Container `yaml:"container"`
}

// Container is an image for Apptainer (or Singularity, which it was).
type Container struct {
	Image string   `yaml:"image"` // a .sif file, or docker://... and the like
	Bind  []string `yaml:"bind"`  // "/scratch", "/data:/data:ro"; home and the session's folder are there anyway
	// Args are passed to "apptainer exec" as they are: "--cleanenv".
	Args []string `yaml:"args"`
	// Program is apptainer's name or path. Default apptainer.
	Program string `yaml:"program"`
}

var (
	modulePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_@.+/-]*$`)
	folderPattern = regexp.MustCompile(`^(~/|/)?[A-Za-z0-9_@.+/-]+$`)
)

// Check says what is wrong with the field of that name; nil when nothing is.
func (s Software) Check() (field string, err error) {
	for _, m := range s.Modules {
		if !modulePattern.MatchString(m) {
			return "modules", fmt.Errorf("%q is no module's name", m)
		}
	}
	for _, c := range []struct{ field, value string }{{"conda", s.Conda}, {"venv", s.Venv}} {
		if c.value != "" && !folderPattern.MatchString(c.value) {
			return c.field, fmt.Errorf("%q has characters that no environment's name or folder should have", c.value)
		}
	}
	if s.Container.Image == "" && (len(s.Container.Bind) > 0 || len(s.Container.Args) > 0) {
		return "container.image", fmt.Errorf("a container needs an image")
	}
	return "", nil
}

// initModules finds the module command where the shell does not have it yet.
const initModules = `if ! command -v module >/dev/null 2>&1; then for f in /etc/profile.d/lmod.sh /etc/profile.d/modules.sh ` +
	`/usr/share/lmod/lmod/init/bash /usr/share/modules/init/bash; do if [ -r "$f" ]; then . "$f"; break; fi; done; fi`

// Setup is what the job's shell does before the agent: one line each. A line that
// fails ends the job, and the log says which.
func (s Software) Setup() []string {
	var lines []string
	if len(s.Modules) > 0 {
		load := "module load " + strings.Join(s.Modules, " ")
		lines = append(lines, initModules, orEnd(load, load))
	}
	if s.Conda != "" {
		lines = append(lines, orEnd(`. "$(conda info --base)/etc/profile.d/conda.sh" && conda activate `+home(s.Conda), "conda activate "+s.Conda))
	}
	if s.Venv != "" {
		lines = append(lines, orEnd(". "+home(s.Venv)+"/bin/activate", "the virtual environment "+s.Venv))
	}
	return lines
}

func orEnd(line, what string) string {
	return line + " || { echo 'berth: failed: " + what + "' >&2; exit 1; }"
}

func home(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return `"$HOME"/` + rest
	}
	return path
}

// Argv is the command inside the container, or as it is without one. The agent
// still expands ${...} in it.
func (s Software) Argv(command []string) []string {
	c := s.Container
	if c.Image == "" {
		return command
	}
	program := c.Program
	if program == "" {
		program = "apptainer"
	}
	argv := []string{program, "exec", "--bind", "${DIR}"}
	for _, b := range c.Bind {
		argv = append(argv, "--bind", b)
	}
	return slices.Concat(argv, c.Args, []string{c.Image}, command)
}
