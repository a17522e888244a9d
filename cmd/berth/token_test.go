package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// testConfig is a config file over a database of the test's own.
func testConfig(t *testing.T, more string) (file string, store *sql.Store) {
	t.Helper()
	url := sqltest.URL(t)
	store, err := sql.New(t.Context(), sql.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	file = filepath.Join(t.TempDir(), "berth.yaml")
	text := fmt.Sprintf(`
public_url: http://berth.test
state_dir: %s
agent: {url: "https://berth.test:8443"}
database: {url: %q}
ldap: {urls: ["ldap://127.0.0.1:1"], transport: plain, user_base_dn: "dc=test", group_mode: none}
clusters: [{name: main, agent_command: [berth, agent]}]
%s`, t.TempDir(), url, more)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, store
}

// commandLine runs a command line in this process.
func commandLine(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	var stdout bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&stdout)
	root.SetErr(io.Discard)
	err = root.ExecuteContext(t.Context())
	return stdout.String(), err
}

func TestTokenCommands(t *testing.T) {
	t.Parallel()
	file, store := testConfig(t, "login: {max_token_age: 30d, max_tokens: 3}")
	logins, err := login.New(login.Config{
		Authenticator: &directory{}, Store: store, Tokens: store, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "carol"} {
		if _, _, err := logins.SignIn(t.Context(), name, name, "192.0.2.1", "test"); err != nil {
			t.Fatal(err)
		}
	}
	create := func(more ...string) (string, error) {
		out, err := commandLine(t, append([]string{"token", "create", "--config", file, "--name", "stats"}, more...)...)
		return strings.TrimSpace(out), err
	}
	for _, bad := range [][]string{
		{"-u", "alice", "--scope", "read:admin"}, // is no admin
		{"-u", "alice", "--scope", "nothing"},
		{"-u", "alice", "--expires", "31d"},
		{"-u", "alice", "--expires", "soon"},
		{"-u", "nobody"}, // the directory does not answer
	} {
		if out, err := create(bad...); err == nil || out != "" {
			t.Errorf("%v: %q, %v", bad, out, err)
		}
	}
	secret, err := create("-u", "carol", "--scope", "read:admin,access:servers!user", "--expires", "7d")
	if err != nil {
		t.Fatal(err)
	}
	u, tok, err := logins.FromToken(t.Context(), secret, "192.0.2.1")
	if err != nil || u.Name != "carol" || names(tok.Scopes) != "access:servers!user, read:admin" {
		t.Errorf("%+v %+v %v", u, tok, err)
	}
	if _, err := create("-u", "alice"); err != nil {
		t.Fatal(err)
	}

	out, err := commandLine(t, "token", "list", "--config", file, "--json", "-u", "carol")
	var line tokenJSON
	if err != nil || json.Unmarshal([]byte(out), &line) != nil || line.ID != tok.ID || line.Owner != "carol" || strings.Contains(out, secret) {
		t.Errorf("%s %v", out, err)
	}
	out, err = commandLine(t, "token", "list", "--config", file)
	if err != nil || strings.Count(out, "\n") != 3 || !strings.Contains(out, tok.ID) {
		t.Errorf("%s %v", out, err)
	}

	out, err = commandLine(t, "token", "revoke", "--config", file, "none", tok.ID)
	if err == nil || !strings.Contains(out, "revoked "+tok.ID) {
		t.Errorf("%s %v", out, err)
	}
	logins.ForgetAll()
	if _, _, err := logins.FromToken(t.Context(), secret, "192.0.2.1"); err == nil {
		t.Error("it works on")
	}
	entries, err := store.AuditLog(t.Context(), admin.AuditFilter{Target: "carol"})
	if err != nil || len(entries) != 2 || entries[0].Action != "token.revoke" || entries[1].Action != "token.create" || entries[0].By == "" {
		t.Errorf("%+v %v", entries, err)
	}
}
