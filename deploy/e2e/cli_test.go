package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// commandLine is a researcher's day without a browser.
func commandLine(t *testing.T, g *site.Gateway) {
	config := t.TempDir()
	run := func(in string, args ...string) (out, said string, err error) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), g.Binary, args...)
		cmd.Env = []string{"XDG_CONFIG_HOME=" + config, "HOME=" + config, "PATH=" + os.Getenv("PATH")}
		cmd.Stdin = strings.NewReader(in)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err = cmd.Run()
		return stdout.String(), stderr.String(), err
	}
	if _, said, err := run("", "ls"); err == nil || !strings.Contains(said, "not signed in") {
		t.Fatalf("ls without an account: %v, %s", err, said)
	}
	if _, said, err := run("wrong\n", "login", g.URL, "-u", "dave"); err == nil || !strings.Contains(said, "wrong") {
		t.Fatalf("a wrong password: %v, %s", err, said)
	}
	if _, said, err := run("dave\n", "login", g.URL, "-u", "dave", "--expires", "1d"); err != nil {
		t.Fatalf("%v, %s", err, said)
	}
	file := filepath.Join(config, "berth", "account.json")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	var account struct{ Token string }
	if data, err := os.ReadFile(file); err != nil || json.Unmarshal(data, &account) != nil || account.Token == "" {
		t.Fatal("no token is kept", err)
	}
	g.Secret(account.Token)

	if _, said, err := run("", "launch", "-p", "gpu", "--gpus", "a100:99"); err == nil || !strings.Contains(said, "99 GPUs asked") {
		t.Errorf("too many GPUs: %v, %s", err, said)
	}
	address, said, err := run("", "launch", "--app", "notebook", "-p", "gpu", "--gpus", "a100:1", "-c", "1", "--mem", "512M", "-t", "30m", "--name", "by-hand")
	if err != nil || strings.TrimSpace(address) != g.URL+"/user/dave/by-hand/" || !strings.Contains(said, "job ") {
		t.Fatalf("launch: %q, %v, %s", address, err, said)
	}
	if out, said, err := run("", "ls"); err != nil || !strings.Contains(out, "by-hand") || !strings.Contains(out, "a100:1") {
		t.Errorf("ls: %q, %v, %s", out, err, said)
	}
	if out, said, err := run("", "logs", "by-hand"); err != nil || !strings.Contains(out, "is running at") {
		t.Errorf("logs: %q, %v, %s", out, err, said)
	}
	if _, said, err := run("", "stop", "by-hand", "nothing-like-it"); err == nil || !strings.Contains(said, "being stopped") || !strings.Contains(said, "nothing-like-it") {
		t.Errorf("stop: %v, %s", err, said)
	}
	if _, said, err := run("", "logs", "-f", "by-hand"); err != nil {
		t.Errorf("logs -f: %v, %s", err, said)
	}
	var list struct {
		Sessions []struct{ Name, State, Reason string }
	}
	out, said, err := run("", "ls", "-a", "--json")
	if err != nil || json.Unmarshal([]byte(out), &list) != nil || len(list.Sessions) == 0 {
		t.Fatalf("ls --json: %q, %v, %s", out, err, said)
	}
	for _, s := range list.Sessions {
		if s.Name == "by-hand" && (s.State != "Ended" || s.Reason != "stopped") {
			t.Errorf("%+v", s)
		}
	}
}
