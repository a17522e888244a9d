package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/api/client"
)

// account is what "berth login" leaves behind for the commands of researchers.
type account struct {
	URL     string `json:"url"`
	User    string `json:"user"`
	Token   string `json:"token"`
	TokenID string `json:"token_id"`
}

// accountFile is where it lies: below the user's own configuration, readable by
// nobody else.
func accountFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "berth", "account.json"), nil
}

var errNoAccount = errors.New("you are not signed in; berth login https://berth.example.org signs you in")

// loadAccount reads it. BERTH_URL and BERTH_TOKEN come first, for programs.
func loadAccount() (account, error) {
	if token := os.Getenv("BERTH_TOKEN"); token != "" {
		return account{URL: os.Getenv("BERTH_URL"), Token: token}, nil
	}
	file, err := accountFile()
	if err != nil {
		return account{}, err
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return account{}, errNoAccount
	}
	if err != nil {
		return account{}, err
	}
	var a account
	if err := json.Unmarshal(data, &a); err != nil || a.URL == "" || a.Token == "" {
		return account{}, fmt.Errorf("%s cannot be read; sign in anew", file)
	}
	return a, nil
}

// save writes the file whole or not at all.
func (a account) save() error {
	file, err := accountFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	data, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	fresh, err := os.CreateTemp(filepath.Dir(file), "account-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = fresh.Write(append(data, '\n'))
	if err = errors.Join(err, fresh.Close()); err == nil {
		err = os.Rename(fresh.Name(), file)
	}
	if err != nil {
		_ = os.Remove(fresh.Name())
	}
	return err
}

// remote runs a command that talks to the gateway that one is signed in to.
func remote(run func(cmd *cobra.Command, c *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a, err := loadAccount()
		if err != nil {
			return err
		}
		c, err := client.New(a.URL, a.Token)
		if err != nil {
			return err
		}
		err = run(cmd, c, args)
		var refusal *client.Problem
		if errors.As(err, &refusal) && refusal.Status == 401 {
			return errors.New("your token is no longer valid; berth login signs you in anew")
		}
		return err
	}
}
