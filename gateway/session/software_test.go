package session_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/session"
)

// The lines do in a real shell what they say, and a failure ends it.
func TestSoftwareSetup(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	venv := filepath.Join(home, "env", "bin")
	if err := os.MkdirAll(venv, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(venv, "activate"), []byte("export FROM_VENV=yes\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(home, "conda")
	if err := os.MkdirAll(filepath.Join(base, "etc", "profile.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "etc", "profile.d", "conda.sh"),
		[]byte("conda() { [ \"$2\" = torch ] && export FROM_CONDA=$2; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	prelude := "module() { [ \"$2\" != missing ] && export LOADED=\"$*\"; }\nconda() { echo '" + base + "'; }\n"
	run := func(s session.Software) (string, error) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "bash")
		cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
		cmd.Stdin = strings.NewReader(prelude + strings.Join(s.Setup(), "\n") + "\necho \"$LOADED|$FROM_CONDA|$FROM_VENV\"\n")
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	for name, c := range map[string]struct {
		software session.Software
		want     string
		fails    bool
	}{
		"nothing": {session.Software{}, "||", false},
		"all":     {session.Software{Modules: []string{"cuda/12.4", "gcc"}, Conda: "torch", Venv: "~/env"}, "load cuda/12.4 gcc|torch|yes", false},
		"missing": {session.Software{Modules: []string{"gcc", "missing"}}, "berth: failed: module load gcc missing", true},
		"no venv": {session.Software{Venv: "/nowhere"}, "berth: failed: the virtual environment /nowhere", true},
		"unknown": {session.Software{Conda: "other"}, "berth: failed: conda activate other", true},
	} {
		if name == "missing" {
			c.software.Modules = []string{"missing"}
			c.want = "berth: failed: module load missing"
		}
		got, err := run(c.software)
		if (err != nil) != c.fails || !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestSoftwareCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		software session.Software
		field    string
	}{
		"fine":     {session.Software{Modules: []string{"gcc/12.2.0-mpi+x"}, Conda: "/opt/conda/envs/a_b", Venv: "~/v"}, ""},
		"shell":    {session.Software{Modules: []string{"gcc; rm -rf /"}}, "modules"},
		"option":   {session.Software{Modules: []string{"--force"}}, "modules"},
		"quote":    {session.Software{Conda: `x"y`}, "conda"},
		"dollar":   {session.Software{Venv: "$(id)"}, "venv"},
		"no image": {session.Software{Container: session.Container{Bind: []string{"/data"}}}, "container.image"},
	} {
		if field, err := c.software.Check(); field != c.field || (err == nil) != (c.field == "") {
			t.Errorf("%s: %q, %v", name, field, err)
		}
	}
}

func TestContainerArgv(t *testing.T) {
	t.Parallel()
	command := []string{"jupyter-lab", "--sock=${SOCKET}"}
	if got := (session.Software{}).Argv(command); !cmp.Equal(got, command) {
		t.Error(got)
	}
	got := session.Software{Container: session.Container{Image: "/images/torch.sif", Bind: []string{"/data:/data:ro"}, Args: []string{"--nv"}}}.Argv(command)
	want := []string{"apptainer", "exec", "--bind", "${DIR}", "--bind", "/data:/data:ro", "--nv", "/images/torch.sif", "jupyter-lab", "--sock=${SOCKET}"}
	if !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}
