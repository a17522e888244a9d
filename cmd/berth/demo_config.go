package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/ldapauth/memory"
)

const (
	demoBase    = "dc=example,dc=org"
	demoService = "cn=berth,ou=services," + demoBase
	demoCluster = "this-machine"
	// demoCPUs are given away at least: sessions of a demo sit idle.
	demoCPUs = 8
)

// demoSecret is the password of the gateway's own account in the directory.
func demoSecret() string { return rand.Text() }

func demoPeople(password string) []memory.Entry {
	tree := memory.People(demoBase, []memory.Person{
		{Name: "alice", FullName: "Alice Example", Groups: []string{"researchers"}},
		{Name: "bob", FullName: "Bob Example", Groups: []string{"researchers"}},
		{Name: "carol", FullName: "Carol Example", Groups: []string{"researchers", "admins"}},
	})
	return append(tree, memory.Entry{DN: demoService, Password: password})
}

// config is the gateway's, checked as a site's would be.
func (d demo) config(ctx context.Context, directory, password string) (*fileConfig, error) {
	agent, err := d.agentAddr(ctx)
	if err != nil {
		return nil, err
	}
	level := "error"
	if d.verbose {
		level = "info"
	}
	c := &fileConfig{
		Installation: "demo", SiteName: "berth demo", PublicURL: "http://" + d.addr, Listen: d.addr,
		StateDir: filepath.Join(d.dir, "state"), Log: logConfig{Level: level},
		Agent:    agentConfig{Listen: agent, URL: "https://" + agent},
		Database: databaseConfig{URL: d.database, volatile: d.temporary},
		LDAP: ldapConfig{Config: ldapauth.Config{
			URLs: []string{directory}, Transport: ldapauth.Plain, BindDN: demoService, BindPassword: password,
			UserBaseDN: "ou=people," + demoBase, GroupMode: ldapauth.GroupsSearch, GroupBaseDN: "ou=groups," + demoBase,
			AllowedGroups: []string{"researchers"}, AdminGroups: []string{"admins"},
		}},
		Clusters: []clusterConfig{{
			Name: demoCluster, Type: "local", SubmitAs: "self",
			PollInterval: batch.Duration(time.Second), QueueInterval: batch.Duration(2 * time.Second),
			JobLogDir: filepath.Join(d.dir, "log"),
			Local: localConfig{
				CPUs: max(runtime.NumCPU(), demoCPUs), MaxTime: batch.Duration(8 * time.Hour), Grace: batch.Duration(3 * time.Second),
				GPUs:   []localGPU{{Index: "0", Type: "pretend"}, {Index: "1", Type: "pretend"}},
				RunDir: filepath.Join(d.dir, "run"), pretend: filepath.Join(d.dir, "home"),
			},
		}},
		Defaults: session.Defaults{CPUs: 1, Memory: batch.GiB, TimeLimit: batch.Duration(2 * time.Hour)},
	}
	if c.Apps, err = demoApps(); err != nil {
		return nil, err
	}
	c.withDefaults()
	check := &checker{}
	check.config(c)
	if len(check.faults) > 0 {
		return nil, &configError{File: "demo", Faults: check.faults}
	}
	return c, nil
}

// demoApps are the Jupyters that are installed, and the built-in app.
func demoApps() ([]appConfig, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var apps []appConfig
	for _, preset := range []string{"lab", "notebook"} {
		a := appConfig{Preset: preset}
		a.Command = append([]string{}, appPresets[preset].Command...)
		if a.Command[0], err = exec.LookPath(a.Command[0]); err == nil {
			apps = append(apps, a)
		}
	}
	return append(apps, appConfig{App: session.App{
		ID: "sample", Name: "Sample app", Icon: "terminal",
		Description: "A page that shows what works: WebSocket, uploads, downloads, GPUs",
		Command:     []string{self, "sample-app", "--socket=${SOCKET}", "--base-path=${BASE_PATH}"},
		ReadyPath:   "healthz",
	}}), nil
}

// agentAddr is where sessions call back to. Those that live in a directory that
// is kept know the address of the last time.
func (d demo) agentAddr(ctx context.Context) (string, error) {
	file := filepath.Join(d.dir, "agent-address")
	if text, err := os.ReadFile(file); err == nil && addressFree(ctx, string(text)) == nil {
		return string(text), nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	return addr, errors.Join(l.Close(), os.WriteFile(file, []byte(addr), 0o600))
}

func addressFree(ctx context.Context, addr string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (choose another --addr): %w", addr, err)
	}
	return l.Close()
}

// demoReady waits until the gateway takes requests; false if it has ended.
func demoReady(ctx context.Context, addr string, ended chan error) bool {
	client := &http.Client{Timeout: 5 * time.Second}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
		if err != nil {
			return false
		}
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return true
			}
		}
		select {
		case err := <-ended:
			ended <- err
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// endLocalJobs leaves no process behind.
func endLocalJobs(c *fileConfig) error {
	for _, cl := range c.Clusters {
		cfg, err := cl.scheduler(c, nil)
		if err != nil {
			return err
		}
		s, err := local.New(cfg)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Drain(ctx); err != nil {
			return fmt.Errorf("ending the sessions: %w", err)
		}
	}
	return nil
}

// shortTemp is a directory for a socket, whose path must be short (unix(7)).
func shortTemp() string {
	if dir := os.TempDir(); len(dir) <= 40 && !strings.HasPrefix(dir, os.Getenv("HOME")+"/.") {
		return dir
	}
	return "/tmp"
}
