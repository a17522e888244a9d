package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// The ways in which a command can have no result.
var (
	// ErrNotStarted means that nothing ran: the program is missing, say.
	ErrNotStarted = fmt.Errorf("the command could not be started: %w", batch.ErrUnavailable)
	// ErrTimeout means that the deadline came first. The command may have done
	// its work all the same.
	ErrTimeout = fmt.Errorf("the command took too long: %w", batch.ErrUnavailable)
	// ErrTruncated means that standard output was longer than allowed, or that
	// its end never came.
	ErrTruncated = fmt.Errorf("the command's output is not complete: %w", batch.ErrUnavailable)
	// ErrForbidden means that sudo refused, or that the owner's name is not one
	// to act as. Nothing ran.
	ErrForbidden = fmt.Errorf("not run as the owner: %w", batch.ErrForbidden)
)

// What sudo says when it does not run the command (sudo 1.8 and 1.9, C locale).
var sudoRefusals = []string{
	"a password is required",
	"a terminal is required",
	"no tty present",
	"you must have a tty",
	"is not allowed to",
	"not allowed to execute",
	"not allowed to run sudo",
	"may not run sudo",
	"is not in the sudoers file",
	"unknown user",
	"unknown uid",
	"account validation failure",
	"account or password is expired",
	"no valid sudoers sources found",
	"parse error in",
	"syntax error",
	"effective uid is not 0",
	"must be owned by uid 0",
	"no new privileges",
	"you do not exist in the passwd database",
}

// sudoRefusal is the line in which sudo refuses, or "".
func sudoRefusal(stderr []byte) string {
	for line := range strings.Lines(string(stderr)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "sudo: ") && !strings.HasPrefix(line, "Sorry, user ") {
			continue
		}
		for _, words := range sudoRefusals {
			if strings.Contains(line, words) {
				return line
			}
		}
	}
	return ""
}

// outcome says in a word or two what came of a command, for counting: ok,
// failed (it said so), timeout, truncated, or not started.
func outcome(r Result, err error) string {
	switch {
	case err == nil && r.OK():
		return "ok"
	case err == nil:
		return "failed"
	case errors.Is(err, ErrTimeout):
		return "timeout"
	case errors.Is(err, ErrTruncated):
		return "truncated"
	}
	return "not started"
}
