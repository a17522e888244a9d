package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/admin"
)

// says runs a command line and checks what it prints.
func says(t *testing.T, want string, args ...string) string {
	t.Helper()
	out, err := commandLine(t, args...)
	if err != nil || !strings.Contains(out, want) {
		t.Errorf("berth %s: %v\n%s\nwant %q", strings.Join(args, " "), err, out, want)
	}
	return out
}

// fails runs a command line that must not succeed.
func fails(t *testing.T, want string, args ...string) {
	t.Helper()
	if out, err := commandLine(t, args...); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("berth %s: %v\n%s\nwant %q", strings.Join(args, " "), err, out, want)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "limits.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLimitCommands(t *testing.T) {
	t.Parallel()
	config, store := testConfig(t, "")
	c := "--config=" + config
	says(t, "no limits are set", "limit", "list", c)
	says(t, "GPUs at once, everyone: 2", "limit", "set", "gpus", "2", c)
	says(t, "GPUs at once, everyone: 4", "limit", "set", "gpus", "4", c)
	says(t, "GPUs at once (a100), group ml together, main/gpu: 32",
		"limit", "set", "gpus", "32", "-g", "ml", "--together", "--gpu-type=a100", "--cluster=main", "-q", "gpu", "--note=fair share", c)
	fails(t, `did you mean "gpus"?`, "limit", "set", "gpu", "2", c)
	fails(t, "is a whole number", "limit", "set", "gpus", "two", c)
	fails(t, `there is no cluster "mian"; did you mean "main"?`, "limit", "set", "gpus", "2", "--cluster=mian", c)
	fails(t, "not for both", "limit", "set", "gpus", "2", "-u", "a", "-g", "b", c)
	fails(t, "is about each session", "limit", "set", "session.gpus", "2", "--together", c)

	var rules []ruleJSON
	if err := json.Unmarshal([]byte(says(t, "", "limit", "list", "--json", c)), &rules); err != nil || len(rules) != 2 {
		t.Fatalf("%v: %+v", err, rules)
	}
	if r := rules[1]; r.Subject != "group" || r.Name != "ml" || !r.Together || r.Value != "32" || r.Note != "fair share" || r.SetBy != cliActor().Name {
		t.Errorf("%+v", r)
	}
	says(t, "deleted: GPUs at once, everyone: 4", "limit", "delete", rules[0].ID, c)
	fails(t, "there is no such limit", "limit", "delete", rules[0].ID, c)

	log, err := store.AuditLog(t.Context(), admin.AuditFilter{})
	if err != nil || len(log) != 4 || log[0].Action != "limit.delete" || log[0].Address != "command line" ||
		log[2].Detail != "~ GPUs at once, everyone: 2 -> 4" {
		t.Errorf("the audit log: %v\n%+v", err, log)
	}
}

const someLimits = `
limits:
  - set: {gpus: 2, sessions: 5, session.time: 1d, use: yes}
  - group: ml
    note: project Aurora
    set:
      gpus: 8
      gpu-hours/week: 250.5
  - queue: gpu
    gpu_type: a100
    set: {use: no}
  - user: alice
    set: {apps: "lab, notebook", session.memory: 64G}
`

// TestLimitsAreKeptInAFile: applied twice it changes nothing, and what is
// exported is what was applied.
func TestLimitsAreKeptInAFile(t *testing.T) {
	t.Parallel()
	config, store := testConfig(t, "")
	c := "--config=" + config
	file := write(t, someLimits)
	says(t, "+ GPUs at once, group ml: 8 (project Aurora)", "limit", "apply", "-f", file, "--dry-run", c)
	says(t, "no limits are set", "limit", "list", c)
	fails(t, "nothing was changed", "limit", "apply", "-f", file, c)
	says(t, "applied 9 changes", "limit", "apply", "-f", file, "--yes", c)
	says(t, "nothing to change", "limit", "apply", "-f", file, "--yes", c)

	exported := write(t, says(t, "gpu-hours/week: \"250.5\"", "limit", "export", c))
	says(t, "nothing to change", "limit", "apply", "-f", exported, "--prune", "--yes", c)

	says(t, "sessions at once, user bob: 0", "limit", "set", "sessions", "0", "-u", "bob", c)
	changed := write(t, strings.Replace(someLimits, "gpus: 8", "gpus: 9", 1))
	out := says(t, "~ GPUs at once, group ml: 8 (project Aurora) -> 9 (project Aurora)", "limit", "apply", "-f", changed, "--dry-run", c)
	if !strings.Contains(out, "1 limit that the file does not name stay") || strings.Contains(out, "bob") {
		t.Error(out)
	}
	out = says(t, "- sessions at once, user bob: 0", "limit", "apply", "-f", changed, "--prune", "--yes", "--json", c)
	var applied struct {
		Applied bool
		Changes []struct{ Sign string }
	}
	if err := json.Unmarshal([]byte(out), &applied); err != nil || !applied.Applied || len(applied.Changes) != 2 {
		t.Errorf("%v %+v", err, applied)
	}
	rules, err := store.Limits(t.Context())
	if err != nil || len(rules) != 9 {
		t.Errorf("%d rules, %v", len(rules), err)
	}
}

// TestFaultsOfALimitFileAreNamedWithTheirPlace, and then nothing is done.
func TestFaultsOfALimitFileAreNamedWithTheirPlace(t *testing.T) {
	t.Parallel()
	config, store := testConfig(t, "")
	for text, want := range map[string]string{
		"limits:\n  - set: {gpu: 2}\n":                            `limits.yaml:2:10: limits[0].set: there is no limit "gpu"; did you mean "gpus"?`,
		"limits:\n  - set: {gpus: many}\n":                        "limits.yaml:2:10: limits[0].set: gpus is a whole number, not \"many\"",
		"limits:\n  - {user: a, group: b, set: {gpus: 1}}\n":      "limits.yaml:2:5: limits[0]: a limit is for a user or for a group, not for both",
		"limits:\n  - {together: true, set: {session.cpus: 1}}\n": "it cannot be counted together",
		"limits:\n  - {grup: ml, set: {gpus: 1}}\n":               `unknown key; did you mean "group"?`,
		"limits:\n  - {group: ml}\n":                              "sets nothing",
		"limits:\n  - {set: {gpus: 1}}\n  - {set: {gpus: 2}}\n":   "limits.yaml:3:11: limits[1].set: GPUs at once, everyone is set twice",
		"limits:\n  - {cluster: mian, set: {gpus: 1}}\n":          `there is no cluster "mian"`,
		"limits:\n  - {gpu_type: a100, set: {cpus: 1}}\n":         "cpus is not by type of GPU",
		"limits: [": "limits.yaml:2:1: line 2: did not find expected node content",
	} {
		fails(t, want, "limit", "apply", "--yes", "-f", write(t, text), "--config="+config)
	}
	if rules, err := store.Limits(t.Context()); len(rules) != 0 || err != nil {
		t.Errorf("%d rules, %v", len(rules), err)
	}
}

func FuzzLimitFile(f *testing.F) {
	f.Add(someLimits)
	f.Add("limits: [{set: {gpus: 1}, together: true, group: a}]")
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := parseLimits("f", []byte(text))
		if err != nil {
			return
		}
		again, err := formatLimits(rules)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := parseLimits("f", again); err != nil || len(same) != len(rules) {
			t.Errorf("%d rules, written and read again: %d, %v\n%s", len(rules), len(same), err, again)
		}
	})
}

func TestMaintenanceCommands(t *testing.T) {
	t.Parallel()
	config, store := testConfig(t, "time_zone: Europe/Berlin")
	c := "--config=" + config
	says(t, "no maintenance is planned", "maintenance", "list", c)
	says(t, "new drivers", "maintenance", "add", "--from=2126-12-01 08:00", "--until=2126-12-01T17:00:00Z", "-q", "gpu", "new", "drivers", c)
	fails(t, "ends after it begins", "maintenance", "add", "--from=2126-12-01 08:00", "--until=2126-12-01 08:00", c)
	fails(t, "would be over already", "maintenance", "add", "--from=2020-12-01 08:00", "--until=2020-12-01 09:00", c)
	fails(t, `write it like "2026-12-01 08:00"`, "maintenance", "add", "--from=soon", "--until=later", c)
	fails(t, "there is no cluster", "maintenance", "add", "--from=2126-12-01 08:00", "--until=2126-12-01 09:00", "--cluster=x", c)
	var windows []windowJSON
	if err := json.Unmarshal([]byte(says(t, "", "maintenance", "list", "--json", c)), &windows); err != nil || len(windows) != 1 {
		t.Fatalf("%v: %+v", err, windows)
	}
	if w := windows[0]; w.From.UTC().Hour() != 7 || w.Until.UTC().Hour() != 17 || w.Queue != "gpu" {
		t.Errorf("%+v", w)
	}
	says(t, "deleted: partition gpu, from 2126-12-01 08:00:00", "maintenance", "delete", windows[0].ID, c)
	fails(t, "there is no maintenance", "maintenance", "delete", windows[0].ID, c)
	log, err := store.AuditLog(t.Context(), admin.AuditFilter{})
	if err != nil || len(log) != 2 || log[1].Action != "maintenance.add" || log[1].By != cliActor().Name {
		t.Errorf("the audit log: %v\n%+v", err, log)
	}
}
