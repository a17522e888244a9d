package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
)

// loadConfig reads, completes and checks a config file. A *configError names
// every fault with file, line and column; with one, nothing starts.
func loadConfig(file string) (*fileConfig, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	var c fileConfig
	places, faults := decodeStrict(data, &c)
	if len(faults) == 0 {
		c.withDefaults()
		check := &checker{places: places}
		check.config(&c)
		faults = check.faults
	}
	if len(faults) > 0 {
		return nil, &configError{File: file, Faults: faults}
	}
	return &c, nil
}

// checker finds what is wrong with the values of a well-formed file.
type checker struct {
	places map[string]fault
	faults []fault
}

// fault notes what is wrong with a key, at its place or that of the nearest
// block around it.
func (k *checker) fault(key, format string, args ...any) {
	f := fault{Key: key, Message: fmt.Sprintf(format, args...)}
	for at := key; at != ""; {
		if p, ok := k.places[at]; ok {
			f.Line, f.Column = p.Line, p.Column
			break
		}
		at = at[:max(strings.LastIndexAny(at, ".["), 0)]
	}
	if f.Line == 0 {
		f.Line, f.Column = 1, 1
	}
	k.faults = append(k.faults, f)
}

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

func (k *checker) config(c *fileConfig) {
	if !namePattern.MatchString(c.Installation) {
		k.fault("installation", "must be small letters, digits and hyphens, not %q", c.Installation)
	}
	k.url("public_url", c.PublicURL, "http", "https")
	if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" && strings.Trim(u.Path, "/") != "" {
		k.fault("public_url", "a path is not supported: give berth a host name of its own")
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	k.url("agent.url", c.Agent.URL, "https")
	k.files(c)
	for i, p := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			k.fault(fmt.Sprintf("trusted_proxies[%d]", i), "must be an address with a prefix length like 10.0.0.0/8, not %q", p)
		}
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		k.fault("log.level", "must be debug, info, warn or error, not %q", c.Log.Level)
	}
	if !slices.Contains([]string{"text", "json"}, c.Log.Format) {
		k.fault("log.format", "must be text or json, not %q", c.Log.Format)
	}
	if c.Reconcile.Orphans != "report" && c.Reconcile.Orphans != "cancel" {
		k.fault("reconcile.orphans", "must be report or cancel, not %q", c.Reconcile.Orphans)
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil {
		k.fault("time_zone", "must be the name of a zone like Europe/Berlin, not %q", c.TimeZone)
	}
	k.cron(c)
	k.usage(c)
	k.keep(c)
	k.ops(c)
	k.hints(c)
	k.notify(c)
	k.presets(c)
	k.clusters(c)
	k.apps(c)
	k.ldap(c)
	k.login(c)
}

func (k *checker) url(key, text string, schemes ...string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		k.fault(key, "must be a URL like %s://host, not %q", schemes[len(schemes)-1], text)
	}
}

// files reads the secrets that are kept in files.
func (k *checker) files(c *fileConfig) {
	k.secret("database.url_file", c.Database.URLFile, &c.Database.URL)
	k.secret("ldap.bind_password_file", c.LDAP.BindPasswordFile, &c.LDAP.BindPassword)
	k.database(c)
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		k.fault("tls", "needs both cert_file and key_file")
	}
}

// secret reads a file that only its owner (and a group, read-only) may read.
func (k *checker) secret(key, file string, into *string) {
	if file == "" {
		return
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k.fault(key, "%s does not exist", file)
		return
	case err != nil:
		k.fault(key, "%v", err)
		return
	case info.Mode().Perm()&0o037 != 0:
		k.fault(key, "%s may be read by others (mode %o): chmod 600 %s", file, info.Mode().Perm(), file)
		return
	}
	data, err := os.ReadFile(file)
	if err != nil {
		k.fault(key, "%v", err)
		return
	}
	*into = strings.TrimRight(string(data), "\r\n")
}

func (k *checker) clusters(c *fileConfig) {
	if len(c.Clusters) == 0 {
		k.fault("clusters", "at least one cluster is needed")
	}
	seen := map[string]bool{}
	for i, cl := range c.Clusters {
		at := fmt.Sprintf("clusters[%d].", i)
		if !namePattern.MatchString(cl.Name) {
			k.fault(at+"name", "must be small letters, digits and hyphens, not %q", cl.Name)
		}
		if seen[cl.Name] {
			k.fault(at+"name", "there is another cluster %q", cl.Name)
		}
		seen[cl.Name] = true
		if !slices.Contains(clusterTypes, cl.Type) {
			k.fault(at+"type", "must be %s, not %q", strings.Join(clusterTypes, " or "), cl.Type)
		}
		if cl.SubmitAs != "sudo" && cl.SubmitAs != "self" {
			k.fault(at+"submit_as", "must be sudo or self, not %q", cl.SubmitAs)
		}
		switch cl.Type {
		case "pbs":
			k.pbs(i, cl)
		case "local":
			k.local(at, c, cl)
		}
	}
	if c.Defaults.Cluster != "" && !seen[c.Defaults.Cluster] {
		k.fault("defaults.cluster", "there is no cluster %q", c.Defaults.Cluster)
	}
}

func (k *checker) apps(c *fileConfig) {
	seen := map[string]bool{}
	for i, a := range c.Apps {
		at := fmt.Sprintf("apps[%d].", i)
		if _, ok := appPresets[a.Preset]; a.Preset != "" && !ok {
			k.fault(at+"preset", "there is no preset %q; there is: %s", a.Preset, strings.Join(presetNames(), ", "))
			continue
		}
		k.app(at, a.App)
		if seen[a.ID] {
			k.fault(at+"id", "there is another app %q", a.ID)
		}
		seen[a.ID] = true
	}
	if c.Defaults.App != "" && !seen[c.Defaults.App] {
		k.fault("defaults.app", "there is no app %q", c.Defaults.App)
	}
}

func (k *checker) app(at string, a session.App) {
	if !namePattern.MatchString(a.ID) {
		k.fault(at+"id", "must be small letters, digits and hyphens, not %q", a.ID)
	}
	if len(a.Command) == 0 {
		k.fault(at+"command", "is needed")
	}
	if a.Listen != "unix" && a.Listen != "port" {
		k.fault(at+"listen", "must be unix or port, not %q", a.Listen)
	}
	if a.Activity != "" && a.Activity != tunnel.ActivityJupyter {
		k.fault(at+"activity", "must be jupyter or left out, not %q", a.Activity)
	}
	if field, err := a.Check(); err != nil {
		k.fault(at+field, "%v", err)
	}
	for _, word := range a.Command {
		if strings.Contains(word, "${TOKEN}") {
			k.fault(at+"command", "${TOKEN} may not be an argument: everybody on the node can read those; use files")
		}
	}
	for name, value := range a.Env {
		if strings.Contains(value, "${TOKEN}") {
			k.fault(at+"env", "${TOKEN} may not be in %s: an environment is inherited by everything; use files", name)
		}
	}
}

// ldap passes on what package ldapauth finds wrong, at the key that it names.
func (k *checker) ldap(c *fileConfig) {
	err := c.LDAP.Validate()
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		word := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ':' })
		key := "ldap"
		if len(word) > 0 {
			if _, ok := k.places["ldap."+word[0]]; ok {
				key = "ldap." + word[0]
				line = strings.TrimLeft(strings.TrimPrefix(line, word[0]), ": ")
			}
		}
		k.fault(key, "%s", line)
	}
}
