package slurm

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// parseTime reads seconds since 1970, as SLURM_TIME_FORMAT=%s has them written.
// Words for "not yet" are the zero time.
func parseTime(s string) (time.Time, error) {
	switch s {
	case "", "0", "None", "NONE", "Unknown", "UNKNOWN":
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return time.Time{}, fmt.Errorf("%.40q is not a time", s)
	}
	return time.Unix(n, 0).UTC(), nil
}

// parseLimit reads Slurm's "[days-]hours:minutes:seconds" and "minutes:seconds"
// ("OUTPUT" of squeue(1)). 0 stands for no limit and for none given.
func parseLimit(s string) (batch.Duration, error) {
	switch strings.ToUpper(s) {
	case "", "UNLIMITED", "INFINITE", "NOT_SET", "NONE", "INVALID", "PARTITION_LIMIT":
		return 0, nil
	}
	bad := fmt.Errorf("%.40q is not a time limit", s)
	days, rest, hasDays := strings.Cut(s, "-")
	if !hasDays {
		days, rest = "0", s
	}
	fields := strings.Split(rest, ":")
	if len(fields) > 3 {
		return 0, bad
	}
	seconds, err := digits(days)
	if err != nil {
		return 0, bad
	}
	seconds *= 24 * 60 * 60
	for i, field := range fields {
		n, err := digits(field)
		if err != nil {
			return 0, bad
		}
		seconds += n * unitOf(i, len(fields), hasDays)
	}
	const most = 100 * 365 * 24 * 60 * 60
	return batch.Duration(min(seconds, most)) * batch.Duration(time.Second), nil
}

// unitOf is the number of seconds that field i of n counts: hours come first
// after days or when there are three, a lone field is minutes.
func unitOf(i, n int, hasDays bool) int64 {
	first := 3 - n // 0: hours, 1: minutes, 2: seconds
	switch {
	case hasDays:
		first = 0
	case n == 1:
		first = 1
	}
	return []int64{60 * 60, 60, 1}[first+i]
}

func digits(s string) (int64, error) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(s, 10, 64)
}

// exit is how a job's script ended.
type exit struct {
	code   *int // nil when a signal ended it
	signal int
}

// parseExit reads "3:0" (exit code, signal), and the bare wait status "768" that
// squeue printed up to 22.05.
func parseExit(s string) (exit, error) {
	if s == "" {
		return exit{}, nil
	}
	if code, signal, ok := strings.Cut(s, ":"); ok {
		c, errCode := digits(code)
		n, errSignal := digits(signal)
		if errCode != nil || errSignal != nil {
			return exit{}, fmt.Errorf("%.40q is not an exit code", s)
		}
		return newExit(int(c), int(n)), nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return exit{}, fmt.Errorf("%.40q is not an exit code", s)
	}
	switch status := syscall.WaitStatus(n); {
	case status.Signaled():
		return newExit(0, int(status.Signal())), nil
	case status.Exited():
		return newExit(status.ExitStatus(), 0), nil
	}
	return exit{}, fmt.Errorf("%.40q is not the status of a process that has ended", s)
}

func newExit(code, signal int) exit {
	if signal != 0 {
		return exit{signal: signal}
	}
	return exit{code: &code}
}
