package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/sql"
)

func newToken() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke API tokens of anybody",
		Long: "Make, list and revoke API tokens of anybody, service accounts above all. People make\n" +
			"their own on the page API tokens. Every change is in the audit log.",
	}
	cmd.AddCommand(newTokenCreate(), newTokenList(), newTokenRevoke())
	return cmd
}

func newTokenCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create -u USER --name TEXT",
		Short: "Make a token and print it, this once",
		Long: "Make a token and print it, this once; what it is about goes to standard error. The\n" +
			"owner has signed in before, or is in the directory. A token never does more than its\n" +
			"owner may at that moment: scopes for admins work while the owner is an admin.\n\n" +
			"Scopes: " + scopeList(),
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	owner := cmd.Flags().StringP("user", "u", "", "whose token it is")
	name := cmd.Flags().String("name", "", "what it is for")
	scopes := cmd.Flags().StringSlice("scope", []string{string(login.Self)}, "what it may do; several with commas")
	expires := cmd.Flags().String("expires", "", "for how long it is valid: 90d, 12h (default and most: login.max_token_age)")
	for _, flag := range []string{"user", "name"} {
		_ = cmd.MarkFlagRequired(flag)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		request := login.NewToken{Name: *name}
		for _, text := range *scopes {
			scope, err := login.ParseScope(*owner, text)
			if err != nil {
				return err
			}
			request.Scopes = append(request.Scopes, scope)
		}
		if *expires != "" {
			life, err := batch.ParseDuration(*expires)
			if err != nil || life <= 0 {
				return fmt.Errorf("--expires %q: write it like 90d or 12h", *expires)
			}
			request.Life = life.Std()
		}
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, log *slog.Logger) error {
			u, err := person(ctx, c, store, *owner)
			if err != nil {
				return err
			}
			t, secret, err := createTokenFor(ctx, c, store, u, request, log)
			if err != nil {
				return err
			}
			ends := "never"
			if !t.ExpiresAt.IsZero() {
				ends = t.ExpiresAt.Format("2006-01-02 15:04 MST")
			}
			if _, err := fmt.Fprintf(cmd.ErrOrStderr(), "token %s of %s: %s; expires %s\n", t.ID, t.Owner, names(t.Scopes), ends); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), secret)
			return err
		})
	}
	return cmd
}

// withStore reads the config and opens the database for one command.
func withStore(cmd *cobra.Command, file string, do func(context.Context, *fileConfig, *sql.Store, *slog.Logger) error) error {
	c, err := loadConfig(file)
	if err != nil {
		return err
	}
	log := newLogger(logConfig{Level: "warn", Format: c.Log.Format})
	store, err := sql.New(cmd.Context(), sql.Config{URL: c.Database.URL, MaxConns: 2, Log: log})
	if err != nil {
		return err
	}
	defer store.Close()
	return do(cmd.Context(), c, store, log)
}

// person is somebody who has signed in, or whom the directory knows.
func person(ctx context.Context, c *fileConfig, store *sql.Store, name string) (login.User, error) {
	known, err := store.User(ctx, name)
	if !errors.Is(err, login.ErrNotFound) {
		return known.User, err
	}
	directory, err := ldapauth.New(c.LDAP.Config)
	if err != nil {
		return login.User{}, err
	}
	id, err := directory.Lookup(ctx, name)
	if err != nil {
		return login.User{}, fmt.Errorf("%s has never signed in, and the directory says: %w", name, err)
	}
	return login.User{Name: id.Username, DisplayName: id.DisplayName, Mail: id.Mail, Groups: id.Groups, Admin: id.Admin}, nil
}

// auditedTokens writes each token together with an entry in the audit log.
type auditedTokens struct {
	*sql.Store
	owner login.User
	by    admin.Actor
}

func (a auditedTokens) CreateToken(ctx context.Context, t login.Token, secret login.Hash) error {
	entry := a.by.Did("token.create", t.Owner, fmt.Sprintf("token %s %q: %s", t.ID, t.Name, names(t.Scopes)))
	return a.CreateTokenFor(ctx, a.owner, t, secret, entry)
}

// noPasswords is for a process in which nobody signs in.
type noPasswords struct{}

func (noPasswords) Authenticate(context.Context, string, string) (ldapauth.Identity, error) {
	return ldapauth.Identity{}, errors.New("nobody signs in here")
}

func createTokenFor(ctx context.Context, c *fileConfig, store *sql.Store, u login.User, n login.NewToken, log *slog.Logger) (login.Token, string, error) {
	tokens := auditedTokens{store, u, cliActor()}
	service, err := login.New(login.Config{
		Authenticator: noPasswords{}, Store: store, Tokens: tokens, Log: log,
		MaxTokenAge: c.Login.tokenAge(), MaxTokens: c.Login.MaxTokens,
	})
	if err != nil {
		return login.Token{}, "", err
	}
	// As if the owner asked for it in a browser.
	return service.CreateToken(ctx, login.Caller{User: u}, n)
}

func names(scopes []login.Scope) string {
	list := make([]string, len(scopes))
	for i, s := range scopes {
		list[i] = string(s)
	}
	return strings.Join(list, ", ")
}

// scopeList is every scope, a few on each line.
func scopeList() string {
	var lines []string
	for some := range slices.Chunk(login.AllScopes(), 5) {
		lines = append(lines, names(some))
	}
	return strings.Join(lines, ",\n  ")
}
