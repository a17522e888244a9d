package batch_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const secret = `s3cret-'"$(id)\x`

func hello(t testing.TB) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]string{"claim": secret, "session": "k3jq"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAgentScriptGolden(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]batch.AgentScript{
		"plain": {Session: "k3jq", Attempt: 1, Command: []string{"/usr/bin/berth", "agent"}},
		"site": {
			Session: "k3jq", Attempt: 2, Command: []string{"/opt/my site/berth", "agent", "--note=it's"},
			Setup: []string{"module purge", "module load berth/1.2"}, LogDir: "/scratch/$USER/berth logs",
		},
	} {
		s.Hello = []byte(`{"claim":"xyz"}`)
		got, err := batch.RenderAgentScript(s)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", "agentscript", name+".sh")
		if *update {
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAgentScriptRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*batch.AgentScript){
		"no session":         func(s *batch.AgentScript) { s.Session = "" },
		"session path":       func(s *batch.AgentScript) { s.Session = "../x" },
		"attempt 0":          func(s *batch.AgentScript) { s.Attempt = 0 },
		"no command":         func(s *batch.AgentScript) { s.Command = nil },
		"newline in argv":    func(s *batch.AgentScript) { s.Command = []string{"/bin/x", "a\nb"} },
		"NUL in argv":        func(s *batch.AgentScript) { s.Command = []string{"/bin/x\x00"} },
		"two lines of setup": func(s *batch.AgentScript) { s.Setup = []string{"true\nfalse"} },
		"continued setup":    func(s *batch.AgentScript) { s.Setup = []string{`module load \`} },
		"two lines of hello": func(s *batch.AgentScript) { s.Hello = []byte("{\n}") },
		"broken hello":       func(s *batch.AgentScript) { s.Hello = []byte(`{"claim":"` + secret) },
		"hello no object":    func(s *batch.AgentScript) { s.Hello = []byte(`"BERTH_HELLO"`) },
		"relative log dir":   func(s *batch.AgentScript) { s.LogDir = "log" },
		"foreign variable":   func(s *batch.AgentScript) { s.LogDir = "$HOMER/log" },
	} {
		s := batch.AgentScript{Session: "k3jq", Attempt: 1, Command: []string{"/bin/true"}, Hello: hello(t)}
		change(&s)
		out, err := batch.RenderAgentScript(s)
		if err == nil {
			t.Errorf("%s: accepted:\n%s", name, out)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

// dump stands in for the agent: it writes its argv, environment and standard
// input, each to its own file.
const dump = `#!/bin/bash
printf '%s\n' "$@" >"$OUT/argv"
env >"$OUT/env"
cat >"$OUT/stdin"
umask >"$OUT/umask"
echo said
`

func runScript(t *testing.T, s batch.AgentScript) (dir string) {
	t.Helper()
	dir = t.TempDir()
	agent := filepath.Join(dir, "my agent")
	// No fork while the file is open for writing: "text file busy".
	syscall.ForkLock.RLock()
	err := os.WriteFile(agent, []byte(dump), 0o700)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	s.Session, s.Attempt, s.Hello = "k3jq", 1, hello(t)
	s.Command = append([]string{agent}, s.Command...)
	text, err := batch.RenderAgentScript(s)
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/bin/bash", script)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "OUT=" + dir, "HOME=" + dir, "USER=alice", "SLURM_EXPORT_ENV=NONE"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "output"), out, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAgentScriptHandsTheSecretOnlyToStdin(t *testing.T) {
	t.Parallel()
	args := []string{"agent", "", "it's", `$(touch pwned) "x" \ * ; # é`, "-n"}
	dir := runScript(t, batch.AgentScript{Command: args, Setup: []string{"export FROM_SITE=1"}})
	if got := read(t, dir, "stdin"); got != string(hello(t))+"\n" {
		t.Errorf("standard input: %q", got)
	}
	if diff := cmp.Diff(strings.Join(args, "\n")+"\n", read(t, dir, "argv")); diff != "" {
		t.Error(diff)
	}
	env := read(t, dir, "env")
	if strings.Contains(env, "s3cret") || strings.Contains(env, "berth_") || strings.Contains(env, "SLURM_EXPORT_ENV") || !strings.Contains(env, "FROM_SITE=1") {
		t.Errorf("environment:\n%s", env)
	}
	if got := read(t, dir, "umask"); got != "0077\n" {
		t.Errorf("umask %q", got)
	}
	if got := read(t, dir, ".berth", "log", "k3jq-1.log"); got != "said\n" {
		t.Errorf("log %q", got)
	}
	if got := read(t, dir, "output"); got != "" {
		t.Errorf("the job's own output should be empty: %q", got)
	}
}

func TestAgentScriptRunsWithoutALog(t *testing.T) {
	t.Parallel()
	dir := runScript(t, batch.AgentScript{LogDir: "/proc/nowhere/$USER"})
	if got := read(t, dir, "stdin"); !strings.Contains(got, "s3cret") {
		t.Errorf("standard input: %q", got)
	}
	if got := read(t, dir, "output"); got != "said\n" {
		t.Errorf("output %q", got)
	}
}

func TestAgentScriptPassesSignals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, err := batch.RenderAgentScript(batch.AgentScript{
		Session: "k3jq", Attempt: 1, Hello: hello(t), LogDir: dir,
		Command: []string{"/bin/bash", "-c", `trap 'exit 42' TERM; read -r _; echo up; while :; do sleep 0.05; done`},
	})
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, text, 0o600); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "k3jq-1.log")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	cmd := exec.CommandContext(t.Context(), "/bin/bash", script)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = log.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := log.Read(make([]byte, 8)); err != nil {
		t.Fatalf("the agent never spoke: %v", err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 42 {
		t.Errorf("exit %d: SIGTERM did not reach the agent", code)
	}
}

func FuzzAgentScript(f *testing.F) {
	f.Add("/usr/bin/berth", "agent", "/x", `{"a":1}`)
	f.Add("-l", "'\\''", "$HOME/$USER$(id)", `{"a":"'\nBERTH_HELLO\n"}`)
	f.Fuzz(func(t *testing.T, command, arg, dir, greeting string) {
		text, err := batch.RenderAgentScript(batch.AgentScript{
			Session: "s", Attempt: 1, Command: []string{command, arg}, Hello: []byte(greeting), LogDir: dir,
		})
		if err != nil {
			return
		}
		if !bytes.HasSuffix(text, []byte("<<'BERTH_HELLO'\n"+greeting+"\nBERTH_HELLO\n")) {
			t.Errorf("the greeting is not the whole heredoc:\n%s", text)
		}
		check := exec.CommandContext(t.Context(), "/bin/bash", "-n")
		check.Stdin = bytes.NewReader(text)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v: %s\n%s", err, out, text)
		}
		echo := exec.CommandContext(t.Context(), "/bin/bash", "-c", "exec() { printf '%s\\0' \"$@\"; }; mkdir() { false; }; "+string(text))
		out, err := echo.Output()
		if want := "--\x00" + command + "\x00" + arg + "\x00"; err != nil || string(out) != want {
			t.Errorf("the words became %q, want %q (%v)", out, want, err)
		}
	})
}
