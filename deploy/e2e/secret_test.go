package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// secretsStay looks for every secret of a running session wherever somebody
// else could see it.
func secretsStay(t *testing.T, g *site.Gateway) {
	alice := client.SignIn(t, g.URL, "alice")
	program := alice.WithToken(t)
	seen := watchProcesses(t) // commands that are over when one looks
	s := program.Ready(t, client.Small("guarded"))
	if a := alice.Get(t, s.At("tree")); a.Status != 200 {
		t.Fatal(a)
	}

	secrets := map[string]string{
		"the claim secret": claimSecret(t, g, s), "the app's token": appToken(t, g, s),
		"the API token": program.Token, "the directory's password": "berth-service",
		"the installation's key": installationKey(t, g),
	}
	for _, c := range alice.Cookies(t) {
		secrets["the cookie "+c.Name] = c.Value
	}
	if len(secrets) < 6 {
		t.Fatalf("only %d secrets known", len(secrets))
	}
	for name, value := range secrets {
		if len(value) < 12 {
			t.Fatalf("%s is %d characters long", name, len(value))
		}
		g.Secret(value)
	}

	places := map[string]string{
		"some command's arguments or environment": seen(),
		"scontrol show job":                       g.Cluster.Slurm(t, "scontrol", "-dd", "show", "job", s.JobID),
		"squeue":                                  g.Cluster.Slurm(t, "squeue", "-j", s.JobID, "-o", "%all"),
		"the gateway's log":                       g.Log(t),
		"the job's log":                           jobLog(t, g, s),
		"the session's log":                       program.LogText(t, s),
		"the session's object":                    string(program.Get(t, s.Path()).Body),
		"the session's page":                      string(alice.Get(t, s.Page()).Body),
	}
	logs, err := filepath.Glob(g.Cluster.Log("*"))
	if err != nil || len(logs) < 5 {
		t.Fatalf("the cluster's logs: %v %v", logs, err)
	}
	for _, log := range logs {
		places[log] = read(t, log)
	}
	for place, text := range places {
		if text == "" && !strings.HasPrefix(place, "/") {
			t.Errorf("%s is empty", place)
		}
		for name, value := range secrets {
			if strings.Contains(text, value) {
				t.Errorf("%s holds %s", place, name)
			}
		}
	}
	modes(t, g, s)
}

// watchProcesses collects the arguments and environments of all processes until
// the function that it returns is called.
func watchProcesses(t *testing.T) func() string {
	t.Helper()
	texts := map[string]bool{}
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(3 * time.Millisecond)
		defer ticker.Stop()
		for {
			for _, file := range []string{"cmdline", "environ"} {
				for _, text := range site.Table(file) {
					texts[text] = true
				}
			}
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	})
	end := sync.OnceFunc(func() { close(stop); running.Wait() })
	t.Cleanup(end)
	return func() string {
		end()
		var all strings.Builder
		for text := range texts {
			all.WriteString(text + "\n")
		}
		if !strings.Contains(all.String(), "sbatch\x00") {
			t.Error("the watch of processes has not seen sbatch")
		}
		return all.String()
	}
}

// claimSecret is in the job's script, on standard input of the agent, and
// nowhere else.
func claimSecret(t *testing.T, g *site.Gateway, s client.Session) string {
	t.Helper()
	script := g.Cluster.Slurm(t, "scontrol", "write", "batch_script", s.JobID, "-")
	for line := range strings.Lines(script) {
		var hello struct{ Secret, Session string }
		if json.Unmarshal([]byte(line), &hello) == nil && hello.Session == s.ID {
			return hello.Secret
		}
	}
	t.Fatal("no greeting in the job's script")
	return ""
}

// appToken is in a file of the session's private folder.
func appToken(t *testing.T, g *site.Gateway, s client.Session) string {
	t.Helper()
	var config struct{ NotebookApp struct{ Token string } }
	if err := json.Unmarshal([]byte(read(t, filepath.Join(privateFolder(t, g, s), "jupyter", "jupyter_notebook_config.json"))), &config); err != nil {
		t.Fatal(err)
	}
	return config.NotebookApp.Token
}

// privateFolder is where the session's app has its socket.
func privateFolder(t *testing.T, g *site.Gateway, s client.Session) string {
	t.Helper()
	pid := g.Cluster.Process(t, "jupyter-notebook", s.At(""))
	for _, argument := range strings.Split(site.Table("cmdline")[pid], "\x00") {
		if socket, ok := strings.CutPrefix(argument, "--sock="); ok {
			return filepath.Dir(socket)
		}
	}
	t.Fatal("the notebook has no socket")
	return ""
}

func installationKey(t *testing.T, g *site.Gateway) string {
	t.Helper()
	return strings.TrimSpace(read(t, filepath.Join(g.StateDir, "installation.key")))
}

// jobLog is what the job has printed into its owner's home.
func jobLog(t *testing.T, g *site.Gateway, s client.Session) string {
	t.Helper()
	path := filepath.Join(g.Cluster.Home(s.Owner), ".berth", "log", s.ID+"-1.log")
	await.That(t, 10*time.Second, "the job's log", func() error {
		_, err := os.Stat(path)
		return err
	})
	return read(t, path)
}

// modes checks that what holds secrets or opens the notebook is its owner's
// alone.
func modes(t *testing.T, g *site.Gateway, s client.Session) {
	t.Helper()
	folder := privateFolder(t, g, s)
	for _, path := range []string{folder, filepath.Join(folder, "jupyter", "jupyter_notebook_config.json"), filepath.Join(g.StateDir, "installation.key"), filepath.Join(g.StateDir, "agent.key")} {
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
