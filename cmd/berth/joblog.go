package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/session"
)

// mostJobLog bounds what is shown of a job's early output: its end.
const mostJobLog = 32 << 10

func newJobLog() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "job-log SESSION ATTEMPT",
		Short: "Print what a job wrote before its agent could speak",
		Long: "Print the end of a job's log file in the home of whoever runs this. The gateway runs\n" +
			"it as the job's owner, through sudo, when a job has died before it called back.",
		Args: cobra.ExactArgs(2),
	}
	dir := cmd.Flags().String("dir", "$HOME/.berth/log", "where jobs write their logs; $HOME and $USER are replaced")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		attempt, err := strconv.Atoi(args[1])
		if err != nil || attempt < 1 || !session.ID(args[0]).Valid() {
			return errors.New("give a session's id and an attempt")
		}
		me, err := user.Current()
		if err != nil {
			return fmt.Errorf("job log: %w", err)
		}
		place := strings.NewReplacer("$HOME", me.HomeDir, "$USER", me.Username).Replace(*dir)
		return printTail(cmd.OutOrStdout(), filepath.Join(place, fmt.Sprintf("%s-%d.log", args[0], attempt)))
	}
	return cmd
}

func printTail(w io.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("job log: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("job log: %s is no file: %w", file, err)
	}
	if _, err := f.Seek(max(0, info.Size()-mostJobLog), io.SeekStart); err != nil {
		return fmt.Errorf("job log: %w", err)
	}
	_, err = io.Copy(w, io.LimitReader(f, mostJobLog))
	return err
}
