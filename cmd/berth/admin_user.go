package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

func newUsers() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "List people, sign them out, revoke their tokens, stop their sessions",
		Long:  "What admins do about people who have signed in at least once. Every change is in\nthe audit log.",
	}
	cmd.AddCommand(newUserList(), newUserSignOut(), newUserRevoke(), newUserStop())
	return cmd
}

// personJSON is a person as the command prints it.
type personJSON struct {
	Name        string    `json:"name"`
	DisplayName string    `json:"display_name"`
	Mail        string    `json:"mail,omitempty"`
	Groups      []string  `json:"groups"`
	Admin       bool      `json:"admin"`
	LastLoginAt time.Time `json:"last_login_at"`
	Sessions    int       `json:"sessions"`
	GPUs        int       `json:"gpus"`
	CPUs        int       `json:"cpus"`
	Logins      int       `json:"logins"`
	Tokens      int       `json:"tokens"`
}

func newUserList() *cobra.Command {
	cmd := &cobra.Command{Use: "list [WORDS]", Short: "List people with what they hold now", Args: cobra.ArbitraryArgs}
	file := configFlag(cmd)
	group := cmd.Flags().StringP("group", "g", "", "only members of this group")
	most := cmd.Flags().Int("limit", 100, "how many at most")
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			people, err := store.FindUsers(ctx, admin.PersonFilter{Text: strings.Join(args, " "), Group: *group, Limit: max(*most, 1)})
			if err != nil {
				return err
			}
			lines := make([]personJSON, len(people))
			for i, p := range people {
				lines[i] = personJSON{p.Name, p.DisplayName, p.Mail, p.Groups, p.Admin, p.LastLoginAt, p.Sessions, p.GPUs, p.CPUs, p.Logins, p.Tokens}
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), lines)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tADMIN\tSESSIONS\tGPUS\tCPUS\tLOGINS\tTOKENS\tLAST SIGN-IN\tWHO")
			for _, p := range lines {
				fmt.Fprintf(w, "%q\t%t\t%d\t%d\t%d\t%d\t%d\t%s\t%q\n", p.Name, p.Admin, p.Sessions, p.GPUs, p.CPUs, p.Logins, p.Tokens, dateOr(p.LastLoginAt), p.DisplayName)
			}
			return w.Flush()
		})
	}
	return cmd
}

func newUserSignOut() *cobra.Command {
	return userChange("signout", "End every login of a person; their sessions go on", "%d browsers signed out\n",
		func(ctx context.Context, u *admin.Users, name string) (int, error) {
			return u.SignOut(ctx, cliActor(), name)
		})
}

func newUserRevoke() *cobra.Command {
	return userChange("revoke", "Revoke every API token of a person", "%d tokens revoked\n",
		func(ctx context.Context, u *admin.Users, name string) (int, error) {
			return u.RevokeTokens(ctx, cliActor(), name)
		})
}

// userChange is a command that does something to one person.
func userChange(verb, short, said string, do func(context.Context, *admin.Users, string) (int, error)) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " USER", Short: short, Args: cobra.ExactArgs(1)}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			n, err := do(ctx, &admin.Users{Store: store}, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), said, n)
			return err
		})
	}
	return cmd
}

func newUserStop() *cobra.Command {
	cmd := &cobra.Command{Use: "stop USER", Short: "Stop every live session of a person", Args: cobra.ExactArgs(1)}
	file := configFlag(cmd)
	reason := cmd.Flags().String("reason", "", "why; they can read it (needed)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *reason == "" {
			return fmt.Errorf("--reason is needed: it is written down, and the owner can read it")
		}
		return withLifecycle(cmd, *file, func(ctx context.Context, store *sql.Store, life *session.Lifecycle) error {
			sessions := &admin.Sessions{Store: store, Grants: store, Lifecycle: life, Now: time.Now}
			n, err := (&admin.Users{Store: store, Sessions: sessions}).StopAll(ctx, cliActor(), args[0], *reason)
			fmt.Fprintf(cmd.OutOrStdout(), "%d told to end\n", n)
			return err
		})
	}
	return cmd
}
