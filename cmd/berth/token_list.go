package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql"
)

func newTokenList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List tokens, with their owners, scopes and last use",
		Args:  cobra.NoArgs,
	}
	file := configFlag(cmd)
	owner := cmd.Flags().StringP("user", "u", "", "only this person's")
	asJSON := cmd.Flags().Bool("json", false, "print one JSON object a line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			out := cmd.OutOrStdout()
			if *asJSON {
				enc := json.NewEncoder(out)
				return eachToken(ctx, store, *owner, func(t login.Token) error { return enc.Encode(tokenLine(t)) })
			}
			return tokenTable(ctx, out, store, *owner)
		})
	}
	return cmd
}

// eachToken calls do for every token, a page at a time.
func eachToken(ctx context.Context, store *sql.Store, owner string, do func(login.Token) error) error {
	const page = 500
	var last login.Token
	for {
		some, err := store.Tokens(ctx, owner, last, page)
		if err != nil {
			return err
		}
		for _, t := range some {
			if err := do(t); err != nil {
				return err
			}
			last = t
		}
		if len(some) < page {
			return nil
		}
	}
}

// tokenJSON is a token as a line of JSON.
type tokenJSON struct {
	ID         string        `json:"id"`
	Owner      string        `json:"owner"`
	Name       string        `json:"name"`
	Prefix     string        `json:"prefix"`
	Scopes     []login.Scope `json:"scopes"`
	CreatedAt  time.Time     `json:"created_at"`
	ExpiresAt  *time.Time    `json:"expires_at"`
	LastUsedAt *time.Time    `json:"last_used_at"`
}

func tokenLine(t login.Token) tokenJSON {
	return tokenJSON{
		ID: t.ID, Owner: t.Owner, Name: t.Name, Prefix: t.Prefix, Scopes: t.Scopes,
		CreatedAt: t.CreatedAt, ExpiresAt: orNull(t.ExpiresAt), LastUsedAt: orNull(t.LastUsedAt),
	}
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func tokenTable(ctx context.Context, out io.Writer, store *sql.Store, owner string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "ID\tOWNER\tNAME\tSCOPES\tEXPIRES\tLAST USED"); err != nil {
		return err
	}
	err := eachToken(ctx, store, owner, func(t login.Token) error {
		_, err := fmt.Fprintf(w, "%s\t%s\t%q\t%s\t%s\t%s\n", t.ID, t.Owner, t.Name, names(t.Scopes), dateOr(t.ExpiresAt), dateOr(t.LastUsedAt))
		return err
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

func dateOr(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}
