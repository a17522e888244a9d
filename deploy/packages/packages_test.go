package packages

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// missing skips the test here, and fails it where everything has to be there.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// build makes the packages of this machine's architecture and returns their folder.
func build(t *testing.T) string {
	t.Helper()
	nfpm, err := filepath.Abs("../../.tools/nfpm")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(nfpm); err != nil {
		missing(t, "no nfpm: make tools")
	}
	out := t.TempDir()
	cmd := exec.Command("./build", out, "1.2.3", runtime.GOARCH)
	cmd.Env = append(os.Environ(), "NFPM="+nfpm, "SOURCE_DATE_EPOCH=1700000000")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	return out
}

// sums are the SHA-256 of the packages in a folder by their names.
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, kind := range []string{"*.deb", "*.rpm", "*.tar.gz"} {
		files, err := filepath.Glob(filepath.Join(dir, kind))
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: %d files, %v", kind, len(files), err)
		}
		data, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		sums[filepath.Base(files[0])] = fmt.Sprintf("%x", sha256.Sum256(data))
	}
	return sums
}

func TestPackages(t *testing.T) {
	t.Parallel()
	first := build(t)
	t.Run("are reproducible", func(t *testing.T) {
		t.Parallel()
		want, got := sums(t, first), sums(t, build(t))
		for name, sum := range want {
			if got[name] != sum {
				t.Errorf("%s differs between two builds", name)
			}
		}
	})
	t.Run("install and remove", func(t *testing.T) {
		t.Parallel()
		debs, err := filepath.Glob(filepath.Join(first, "*.deb"))
		if err != nil || len(debs) != 1 {
			t.Fatal(debs, err)
		}
		installAndRemove(t, newRoot(t), debs[0])
	})
}

func installAndRemove(t *testing.T, r root, deb string) {
	r.dpkg(t, "--install", deb)
	r.mode(t, "etc/berth/berth.yaml", 0o640, "root", "berth")
	r.mode(t, "etc/berth", 0o750, "root", "berth")
	r.mode(t, "etc/sudoers.d/berth", 0o440, "root", "root")
	r.mode(t, "var/lib/berth", 0o700, "berth", "berth")
	r.mode(t, "usr/bin/berth", 0o755, "root", "root")
	if out := r.run(t, "/usr/bin/berth", "config", "check"); !strings.Contains(out, "/etc/berth/berth.yaml: ok") {
		t.Errorf("berth config check: %s", out)
	}
	if out := r.run(t, "/usr/bin/berth", "--version"); !strings.Contains(out, "1.2.3") {
		t.Errorf("berth --version: %s", out)
	}
	for _, file := range []string{
		"usr/share/man/man1/berth-serve.1.gz", "usr/share/bash-completion/completions/berth",
		"usr/lib/systemd/system/berth.service", "usr/lib/sysusers.d/berth.conf", "usr/share/doc/berth/copyright",
	} {
		r.has(t, file, true)
	}

	// What a site has changed stays through an upgrade, with its mode.
	edited := "site_name: ours\n" + r.read(t, "etc/berth/berth.yaml")
	edited = strings.Replace(edited, "\nsite_name: berth\n", "\n", 1)
	r.write(t, "etc/berth/berth.yaml", edited, 0o600)
	r.write(t, "var/lib/berth/installation.key", "precious", 0o600)
	r.dpkg(t, "--install", deb)
	if got := r.read(t, "etc/berth/berth.yaml"); got != edited {
		t.Error("the upgrade has changed the config")
	}
	r.mode(t, "etc/berth/berth.yaml", 0o600, "root", "berth")

	r.dpkg(t, "--remove", "berth")
	r.has(t, "usr/bin/berth", false)
	r.has(t, "etc/berth/berth.yaml", true)
	r.has(t, "etc/sudoers.d/berth", true)
	r.has(t, "var/lib/berth/installation.key", true)

	r.dpkg(t, "--purge", "berth")
	r.has(t, "etc/berth", false)
	r.has(t, "etc/sudoers.d/berth", false)
	r.has(t, "var/lib/berth/installation.key", true)
}
