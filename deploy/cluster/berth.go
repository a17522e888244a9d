package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// offerBerth copies the binary to where every user can run it: its own folder
// may be closed to them.
func offerBerth(path string) error {
	target := inside("bin", "berth")
	if path == "" {
		return os.RemoveAll(target)
	}
	source, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the berth binary (make build makes it): %w", err)
	}
	defer source.Close()
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, source)
	return errors.Join(err, file.Close(), os.Chmod(target, 0o755))
}

// berth is the demo's gateway.
type berth struct {
	binary string
	config string
	url    string
}

func configureBerth(p plan) (*berth, error) {
	b := &berth{binary: inside("bin", "berth"), config: inside("berth.yaml"), url: "http://" + p.Addr}
	password := inside("secrets", "ldap-password")
	text, err := render("berth.yaml.tmpl", map[string]any{
		"Addr": p.Addr, "AgentPort": p.Ports.Agent, "StateDir": inside("state"),
		"DatabaseURL": databaseURL("berth", "berth"),
		"LDAPURL":     p.Ports.ldapURL(), "CAFile": ldapCA, "BindPasswordFile": password,
		"SlurmConf": slurmConf, "BerthBin": b.binary, "JupyterDir": inside(jupyterFolder),
	})
	if err != nil {
		return nil, err
	}
	return b, errors.Join(
		write(b.config, text, 0o644),
		writeFor(service, password, servicePassword+"\n", 0o600),
	)
}

func (b *berth) migrate(ctx context.Context) error {
	return command(ctx, service, "", b.binary, "migrate", "--config", b.config)
}

// serve runs berth and starts it again whenever it ends, slower each time that
// it did not last a minute. It calls ready once.
func (b *berth) serve(ctx context.Context, ready func()) error {
	const shortest, longest = time.Second, 30 * time.Second
	pause := shortest
	for said := false; ctx.Err() == nil; {
		d := &daemon{
			name: "berth", user: service, stop: stopTerm,
			argv: []string{b.binary, "serve", "--config", b.config},
			env:  []string{"HOME=" + inside("state")},
		}
		began := time.Now()
		if err := d.start(); err != nil {
			return err
		}
		err := d.await(ctx, b.answers)
		if err == nil && !said {
			said = true
			ready()
		}
		if err != nil && !said {
			d.finish()
			return err // it never worked: waiting would not help
		}
		select {
		case <-ctx.Done():
			d.finish()
			return nil
		case <-d.ended:
		}
		if time.Since(began) > time.Minute {
			pause = shortest
		}
		fmt.Fprintf(os.Stderr, "cluster: berth ended (%s), starting it again in %s; see %s\n",
			reason(d.err), pause, filepath.Base(d.outputPath()))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
	return nil
}

func (b *berth) answers(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/readyz", nil)
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
		return fmt.Errorf("/readyz answers %s", response.Status)
	}
	return nil
}
