package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/berth-hpc/berth/ldapauth"
)

func newLDAP() *cobra.Command {
	cmd := &cobra.Command{Use: "ldap", Short: "Try the directory"}
	check := &cobra.Command{
		Use:   "check -u NAME",
		Short: "Sign somebody in as the gateway would, and show every step",
		Long: "Sign somebody in as the gateway would, and show every step: the same code, the same\n" +
			"config. The password is asked for, or read from standard input when that is no\n" +
			"terminal; it is never an argument. With --lookup the person is only looked up.\n" +
			"The exit status is 0 if the person may sign in, else 1.",
		Args: cobra.NoArgs,
	}
	file := configFlag(check)
	user := check.Flags().StringP("user", "u", "", "the user name, as typed into the login form")
	lookup := check.Flags().Bool("lookup", false, "look the person up without a password")
	_ = check.MarkFlagRequired("user")
	check.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(*file)
		if err != nil {
			return err
		}
		return checkLDAP(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), c.LDAP.Config, *user, *lookup)
	}
	cmd.AddCommand(check)
	return cmd
}

func checkLDAP(ctx context.Context, in io.Reader, out io.Writer, c ldapauth.Config, user string, lookup bool) error {
	directory, err := ldapauth.New(c)
	if err != nil {
		return err
	}
	ctx = ldapauth.WithSteps(ctx, func(s ldapauth.Step) {
		mark := "ok  "
		if s.Err != nil {
			mark = "FAIL"
		}
		took := ""
		if s.Took > 0 {
			took = " (" + s.Took.Round(100*time.Microsecond).String() + ")"
		}
		_, _ = fmt.Fprintf(out, "%s  %-16s %s%s\n", mark, s.Name, s.Text, took)
		if s.Err != nil {
			_, _ = fmt.Fprintf(out, "      %v\n", s.Err)
		}
	})
	var id ldapauth.Identity
	if lookup {
		id, err = directory.Lookup(ctx, user)
	} else {
		var password string
		if password, err = readPassword(in, out, user); err != nil {
			return err
		}
		id, err = directory.Authenticate(ctx, user, password)
	}
	if err != nil {
		return err
	}
	role := "user"
	if id.Admin {
		role = "admin"
	}
	_, err = fmt.Fprintf(out, "\n%s may sign in (%s)\n  name    %s\n  mail    %s\n  dn      %s\n  groups  %s\n",
		id.Username, role, id.DisplayName, id.Mail, id.DN, strings.Join(id.Groups, ", "))
	return err
}

// readPassword asks on a terminal without showing what is typed, or reads one
// line of anything else.
func readPassword(in io.Reader, out io.Writer, user string) (string, error) {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		_, _ = fmt.Fprintf(out, "Password of %s: ", user)
		secret, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(out)
		return string(secret), err
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
