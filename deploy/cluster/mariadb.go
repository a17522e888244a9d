package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const mariadbd = "/usr/sbin/mariadbd"

// accountsUser runs MariaDB and slurmdbd and owns their files. MariaDB lets it
// in by its name on the socket, so that there is no password.
const accountsUser = "slurm"

var (
	mariadbData   = inside("accounting", "data")
	mariadbSocket = inside("accounting", "run", "mariadb.sock")
)

// mariadbOptions are for little memory and few bytes. A second of accounts may
// be lost with the machine, and tests need no disk at all.
func mariadbOptions(p plan) []string {
	options := []string{
		mariadbd, "--no-defaults", "--datadir=" + mariadbData,
		"--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M", "--aria-log-file-size=8M",
		"--innodb-data-file-path=ibdata1:4M:autoextend", "--innodb-autoextend-increment=1",
		"--innodb-temp-data-file-path=ibtmp1:4M:autoextend",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-use-native-aio=0",
		"--innodb-lock-wait-timeout=900", "--max-allowed-packet=16M", // slurmdbd asks for these
	}
	if !p.demo() {
		options = append(options, "--innodb-flush-method=nosync")
	}
	return options
}

// startMariaDB serves the accounts on a Unix socket. The first start makes the
// data directory.
func startMariaDB(ctx context.Context, p plan) (*daemon, error) {
	if !accountsMade() {
		if err := initMariaDB(ctx, p); err != nil {
			return nil, err
		}
	}
	d := &daemon{
		name: "mariadbd", user: accountsUser, stop: stopTerm,
		argv: append(mariadbOptions(p), "--skip-networking", "--socket="+mariadbSocket,
			"--pid-file="+inside("accounting", "run", "mariadbd.pid")),
	}
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, d.await(ctx, listening(mariadbSocket))
}

// initMariaDB makes the data directory anew, as mariadb-install-db does, but
// without the server's manual and reports: that takes half the time.
func initMariaDB(ctx context.Context, p plan) error {
	statements := "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket='" + accountsUser + "';\n"
	for _, name := range []string{"system_tables.sql", "system_tables_data.sql"} {
		text, err := mariadbScript(name)
		if err != nil {
			return err
		}
		statements += text
	}
	if err := errors.Join(os.RemoveAll(mariadbData), os.Mkdir(mariadbData, 0o700), give(mariadbData, accountsUser)); err != nil {
		return err
	}
	return command(ctx, accountsUser, statements, append(mariadbOptions(p), "--bootstrap", "--enforce-storage-engine=")...)
}

// mariadbScript reads one of the server's own scripts. Newer versions call the
// folder and the files mariadb.
func mariadbScript(name string) (string, error) {
	found, _ := filepath.Glob("/usr/share/m*/m*_" + name)
	for _, path := range found {
		if strings.Contains(path, "mysql") || strings.Contains(path, "mariadb") {
			text, err := os.ReadFile(path)
			return string(text), err
		}
	}
	return "", fmt.Errorf("no MariaDB server here: nothing is at /usr/share/mysql/mysql_%s", name)
}
