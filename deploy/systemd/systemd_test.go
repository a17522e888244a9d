package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// analyze runs systemd-analyze on copies of the units whose program is there.
func analyze(t *testing.T, units []string, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no systemd-analyze: install systemd")
		}
		t.Skip("no systemd-analyze here")
	}
	dir := t.TempDir()
	for _, name := range all {
		text := strings.ReplaceAll(unit(t, name), "/usr/bin/berth", "/bin/true")
		text = regexp.MustCompile(`(?m)^Documentation=.*\n`).ReplaceAllString(text, "") // man pages are not installed
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(tool, append(args, units...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze %v: %v\n%s", args, err, out)
	}
	return string(out)
}

var all = []string{"berth.service", "berth.socket", "berth-agents.socket"}

func unit(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(analyze(t, all, "verify")) {
		// What it says about this machine's other units is not ours.
		if strings.HasPrefix(line, "berth") || strings.Contains(line, "/berth") {
			t.Error(line)
		}
	}
}

func TestSandbox(t *testing.T) {
	t.Parallel()
	// sudo is set-uid. Each of these implies NoNewPrivileges for a service with
	// a user of its own: systemd.exec(5).
	for _, key := range []string{
		"DynamicUser", "LockPersonality", "MemoryDenyWriteExecute", "PrivateDevices", "ProtectClock", "ProtectHostname",
		"ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "RestrictAddressFamilies",
		"RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallFilter", "SystemCallLog",
		"PrivateUsers",
	} {
		if regexp.MustCompile(`(?m)^` + key + `=`).MatchString(unit(t, "berth.service")) {
			t.Errorf("%s= keeps sudo from working", key)
		}
	}
	// Fails when the exposure, in tenths, is worse.
	analyze(t, all[:1], "security", "--offline=yes", "--threshold=70", "--no-pager")
}

// TestSockets holds units and config to each other.
func TestSockets(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("../packages/berth.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"berth.socket":        {"browsers", `(?m)^listen: 127\.0\.0\.1:(\d+)$`},
		"berth-agents.socket": {"agents", `(?m)^  listen: :(\d+)$`},
	} {
		text := unit(t, name)
		if !strings.Contains(text, "\nFileDescriptorName="+want[0]+"\n") {
			t.Errorf("%s: the gateway knows it as %s", name, want[0])
		}
		port := regexp.MustCompile(want[1]).FindSubmatch(config)
		if port == nil || !regexp.MustCompile(`(?m)^ListenStream=(127\.0\.0\.1:)?`+string(port[1])+`$`).MatchString(text) {
			t.Errorf("%s: not the address of the packaged config (%q)", name, port)
		}
		if !strings.Contains(unit(t, "berth.service"), name) {
			t.Errorf("berth.service does not name %s", name)
		}
	}
}
