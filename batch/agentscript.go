package batch

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

// AgentScript is the job script of one attempt of one session. It becomes the
// agent and hands it one line on standard input.
type AgentScript struct {
	Session string // names the log; letters, digits, ".", "_" and "-"
	Attempt int    // from 1

	// Command is the agent's argv: ["/usr/bin/berth", "agent"].
	Command []string

	// Setup holds the site's own shell lines, run before the agent
	// ("module load berth"). They are the admin's and are not quoted.
	Setup []string

	// Hello is one line of JSON, an object, for the agent. It carries the claim
	// secret, and reaches nothing but the agent's standard input.
	Hello []byte

	// LogDir is where the log goes: "" for "$HOME/.berth/log", or an absolute
	// path. "$HOME" and "$USER" are replaced on the node; nothing else is. A
	// directory that does not belong to the owner is not used.
	LogDir string
}

const defaultLogDir = "$HOME/.berth/log"

//go:embed agentscript.sh.tmpl
var agentScriptText string

var (
	agentScriptTemplate = template.Must(template.New("agentscript").Option("missingkey=error").Parse(agentScriptText))
	sessionPattern      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
)

// RenderAgentScript writes the script for bash. It fails, without naming any
// value of Hello, when a field cannot be written so that it means itself.
func RenderAgentScript(s AgentScript) ([]byte, error) {
	if !sessionPattern.MatchString(s.Session) {
		return nil, fmt.Errorf("job script: %q cannot be part of a file name", clip(s.Session))
	}
	if s.Attempt < 1 {
		return nil, fmt.Errorf("job script: attempt %d; the first is 1", s.Attempt)
	}
	if len(s.Command) == 0 || s.Command[0] == "" {
		return nil, errors.New("job script: there is no command")
	}
	words := make([]string, len(s.Command))
	for i, word := range s.Command {
		if !oneLine(word) {
			return nil, fmt.Errorf("job script: word %d of the command has a line break or a NUL byte", i)
		}
		words[i] = quote(word)
	}
	for i, line := range s.Setup {
		if !oneLine(line) || strings.HasSuffix(line, `\`) {
			return nil, fmt.Errorf("job script: setup line %d is not one whole line", i+1)
		}
	}
	if !oneLine(string(s.Hello)) || !bytes.HasPrefix(s.Hello, []byte("{")) || !json.Valid(s.Hello) {
		return nil, errors.New("job script: the agent's greeting is not one line with a JSON object")
	}
	dir, err := quoteLogDir(s.LogDir)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = agentScriptTemplate.Execute(&out, map[string]any{
		"Dir":     dir,
		"File":    quote(s.Session + "-" + strconv.Itoa(s.Attempt) + ".log"),
		"Setup":   s.Setup,
		"Command": strings.Join(words, " "),
		"Hello":   string(s.Hello),
	})
	if err != nil {
		return nil, fmt.Errorf("job script: %w", err)
	}
	return out.Bytes(), nil
}

func quoteLogDir(dir string) (string, error) {
	if dir == "" {
		dir = defaultLogDir
	}
	if !oneLine(dir) || !strings.HasPrefix(dir, "/") && dir != "$HOME" && !strings.HasPrefix(dir, "$HOME/") {
		return "", fmt.Errorf("job script: the log directory %q must begin with / or $HOME/", clip(dir))
	}
	var parts []string
	for dir != "" {
		at, name := len(dir), ""
		for _, n := range []string{"$HOME", "$USER"} {
			if i := strings.Index(dir, n); i >= 0 && i < at {
				at, name = i, n
			}
		}
		if at > 0 {
			parts = append(parts, quote(dir[:at]))
		}
		if name != "" {
			parts = append(parts, `"`+name+`"`)
		}
		dir = dir[at+len(name):]
	}
	return strings.Join(parts, ""), nil
}

// quote makes one word of POSIX shell out of any text without a NUL byte.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func oneLine(s string) bool { return !strings.ContainsAny(s, "\n\r\x00") }
