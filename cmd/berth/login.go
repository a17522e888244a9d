package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/berth-hpc/berth/gateway/api/client"
)

func newLogin() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "login [URL]",
		Short: "Sign in to a gateway, for launch, ls, logs, open and stop",
		Long: "Sign in to a gateway with user name and password. An API token is made and kept in\n" +
			"berth/account.json of your configuration folder; the password is not kept. With --token\n" +
			"a token that you made on the page API tokens is read from standard input instead.",
		Args: cobra.MaximumNArgs(1),
	}
	name := cmd.Flags().StringP("user", "u", "", "user name (default: yours on this machine)")
	life := cmd.Flags().String("expires", "30d", "for how long the token is valid")
	given := cmd.Flags().Bool("token", false, "read a token from standard input")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		before, _ := loadAccount() // the address of last time
		a := account{URL: before.URL}
		if len(args) == 1 {
			a.URL = strings.TrimSuffix(args[0], "/")
		}
		if a.URL == "" {
			return errors.New("say where: berth login https://berth.example.org")
		}
		var err error
		if *given {
			err = a.fromToken(cmd)
		} else {
			err = a.fromPassword(cmd, *name, *life)
		}
		if err != nil {
			return err
		}
		if err := a.save(); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "signed in to %s as %s\n", a.URL, a.User)
		return err
	}
	return cmd
}

// fromToken reads a token and finds out whose it is.
func (a *account) fromToken(cmd *cobra.Command) error {
	line, err := readLine(cmd.InOrStdin())
	if err != nil {
		return err
	}
	a.Token = line
	c, err := client.New(a.URL, a.Token)
	if err != nil {
		return err
	}
	me, err := c.Me(cmd.Context())
	a.User = me.Name
	return err
}

// fromPassword asks for what is missing and makes a token.
func (a *account) fromPassword(cmd *cobra.Command, name, life string) error {
	c, err := client.New(a.URL, "")
	if err != nil {
		return err
	}
	in := cmd.InOrStdin()
	if name == "" {
		if me, err := user.Current(); err == nil {
			name = me.Username
		}
		if terminal(in) {
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "User name [%s]: ", name)
			line, err := readLine(in)
			if err != nil {
				return err
			}
			if line != "" {
				name = line
			}
		}
	}
	password, err := readPassword(in, cmd.ErrOrStderr(), name)
	if err != nil {
		return err
	}
	host, _ := os.Hostname()
	made, err := c.SignIn(cmd.Context(), name, password, "berth on "+host, life)
	if err != nil {
		return err
	}
	a.User, a.Token, a.TokenID = name, made.Secret, made.ID
	return nil
}

func terminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func readLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", fmt.Errorf("nothing to read: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
