package main

import (
	"context"
	_ "embed" // for tree
	"errors"
	"fmt"
	"time"
)

// tree is what the directory holds: the demo's users, groups and berth's own
// account.
//
//go:embed tree.ldif
var tree string

// servicePassword is the password of berth's account in tree.
const servicePassword = "berth-service"

var ldapCA = inside("ldap", "ca.pem")

func (p ports) ldapURL() string  { return fmt.Sprintf("ldap://127.0.0.1:%d", p.LDAP) }
func (p ports) ldapsURL() string { return fmt.Sprintf("ldaps://127.0.0.1:%d", p.LDAPS) }

// startSlapd fills a fresh directory and serves it with and without TLS.
func startSlapd(ctx context.Context, p plan) (*daemon, error) {
	if err := configureSlapd(); err != nil {
		return nil, err
	}
	config := inside("ldap", "config")
	for _, database := range []string{"0", "1"} {
		file := inside("ldap", "slapadd-"+database+".ldif")
		if err := command(ctx, "openldap", "", "/usr/sbin/slapadd", "-q", "-n", database, "-F", config, "-l", file); err != nil {
			return nil, err
		}
	}
	d := &daemon{
		name: "slapd", user: "openldap", stop: stopTerm,
		argv: []string{"/usr/sbin/slapd", "-d", "0", "-F", config, "-h", p.Ports.ldapURL() + " " + p.Ports.ldapsURL()},
	}
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, d.await(ctx, func(ctx context.Context) error {
		if err := reachable(p.Ports.LDAPS)(ctx); err != nil {
			return err
		}
		return command(ctx, "", "", "/usr/bin/ldapwhoami", "-x", "-H", p.Ports.ldapURL())
	})
}

func configureSlapd() error {
	certificates, err := makeCertificates(time.Now())
	if err != nil {
		return err
	}
	config, err := render("slapd-config.ldif.tmpl", map[string]string{
		"Dir": mountPoint, "CA": ldapCA, "Certificate": inside("ldap", "server.pem"), "Key": inside("ldap", "server.key"),
	})
	if err != nil {
		return err
	}
	return errors.Join(
		write(ldapCA, certificates.ca, 0o644),
		write(inside("ldap", "server.pem"), certificates.server, 0o644),
		writeFor("openldap", inside("ldap", "server.key"), certificates.key, 0o600),
		writeFor("openldap", inside("ldap", "slapadd-0.ldif"), config, 0o600),
		writeFor("openldap", inside("ldap", "slapadd-1.ldif"), tree, 0o600),
	)
}
