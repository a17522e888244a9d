package main

import (
	"bytes"
	"context"
	_ "embed" // for the template
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"text/template"
	"time"
)

//go:embed berth.yaml.tmpl
var configText string

// bench is a gateway of the benchmark's own and what else it has started.
type bench struct {
	cluster
	dir          string
	installation string
	addr         string // of the gateway
	database     string
	processes    []*exec.Cmd
	api          *api
}

// researcher is who launches sessions and jobs; the password is the name.
const researcher = "alice"

// prepare starts a gateway as the service user and signs the researcher in.
func prepare(ctx context.Context, c cluster) (b *bench, err error) {
	b = &bench{cluster: c, installation: fmt.Sprintf("bench-%d", os.Getpid())}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if err := b.folder(); err != nil {
		return nil, err
	}
	if err := b.configure(ctx); err != nil {
		return nil, err
	}
	config := filepath.Join(b.dir, "berth.yaml")
	if _, err := output(ctx, "berth", "", b.berth, "migrate", "--config", config); err != nil {
		return nil, err
	}
	if err := b.start("berth", b.berth, "serve", "--config", config); err != nil {
		return nil, err
	}
	if err := until(ctx, 30*time.Second, func() error { return answers(ctx, "http://"+b.addr+"/readyz") }); err != nil {
		return nil, fmt.Errorf("the gateway: %w", err)
	}
	b.api, err = signIn(ctx, "http://"+b.addr, researcher)
	return b, err
}

// folder holds the gateway's files and this binary, where every user can run it.
func (b *bench) folder() error {
	dir, err := os.MkdirTemp(filepath.Join(b.cluster.dir, "tmp"), "bench-")
	if err != nil {
		return err
	}
	b.dir = dir
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer self.Close()
	copied, err := os.OpenFile(filepath.Join(dir, "bench"), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, self)
	return errors.Join(err, copied.Close(), os.Chmod(dir, 0o755), os.Chmod(copied.Name(), 0o755))
}

func (b *bench) configure(ctx context.Context) error {
	agents, err := freeAddr()
	if err != nil {
		return err
	}
	if b.addr, err = freeAddr(); err != nil {
		return err
	}
	u, err := url.Parse(b.databaseURL)
	if err != nil {
		return err
	}
	b.database = b.installation
	if err := b.statement(ctx, fmt.Sprintf("CREATE DATABASE %q OWNER berth", b.database)); err != nil {
		return err
	}
	u.User, u.Path = url.User("berth"), "/"+b.database
	t, err := template.New("berth.yaml").Parse(configText)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := t.Execute(&text, map[string]string{
		"Installation": b.installation, "Listen": b.addr, "Agents": agents, "Dir": b.dir, "Database": u.String(),
		"LDAP": b.ldapURL, "CA": b.ldapCA, "SlurmConf": b.slurmConf, "Berth": b.berth,
	}); err != nil {
		return err
	}
	return errors.Join(
		os.Mkdir(filepath.Join(b.dir, "state"), 0o700), own(filepath.Join(b.dir, "state")),
		os.WriteFile(filepath.Join(b.dir, "berth.yaml"), text.Bytes(), 0o644),
		os.WriteFile(filepath.Join(b.dir, "ldap-password"), []byte("berth-service\n"), 0o600), own(filepath.Join(b.dir, "ldap-password")),
	)
}

// own gives a file to the service user.
func own(path string) error {
	u, err := user.Lookup("berth")
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(u.Uid) // numbers, on every Unix
	gid, _ := strconv.Atoi(u.Gid)
	return os.Chown(path, uid, gid)
}

func (b *bench) statement(ctx context.Context, text string) error {
	_, err := output(ctx, "", "", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", b.databaseURL, "-c", text)
	return err
}

// start starts a process that close ends. What it prints goes to this
// program's standard error.
func (b *bench) start(as string, argv ...string) error {
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // close ends it, politely
	if err := become(cmd, as); err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := cmd.Start(); err != nil {
		return err
	}
	b.processes = append(b.processes, cmd)
	return nil
}

// close ends everything and removes it.
func (b *bench) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, cmd := range b.processes {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // how it ends does not matter any more
		late.Stop()
	}
	if b.database != "" {
		if err := b.statement(ctx, fmt.Sprintf("DROP DATABASE IF EXISTS %q WITH (FORCE)", b.database)); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

// answers gives an error unless a GET is answered with 200.
func answers(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, response.Status)
	}
	return nil
}
