package command_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// A batch system that hangs holds up one question. The next ones fail at once,
// until it has answered one that was asked in the background.
func TestStalledQuestions(t *testing.T) {
	t.Parallel()
	asked := filepath.Join(t.TempDir(), "asked")
	hangs := filepath.Join(filepath.Dir(asked), "hangs")
	if err := os.WriteFile(hangs, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := runner(t, command.Config{Timeout: 3500 * time.Millisecond})
	c := sh(`echo x >>"$0"; if [ -e "$1" ]; then exec sleep 600; fi; echo fine`)
	c.Args = append(c.Args, asked, hangs)
	if _, err := r.Run(t.Context(), c); !errors.Is(err, command.ErrTimeout) || errors.Is(err, command.ErrStalled) {
		t.Fatalf("the first: %v", err)
	}
	for range 20 {
		if _, err := r.Run(t.Context(), c); !errors.Is(err, command.ErrStalled) || !errors.Is(err, batch.ErrUnavailable) {
			t.Fatalf("another: %v", err)
		}
	}
	if err := os.Remove(hangs); err != nil {
		t.Fatal(err)
	}
	for {
		got, err := r.Run(t.Context(), c)
		if err == nil {
			if string(got.Stdout) != "fine\n" {
				t.Errorf("%q", got.Stdout)
			}
			break
		}
		if !errors.Is(err, command.ErrStalled) || t.Context().Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	times, err := os.ReadFile(asked)
	if err != nil || len(times) > 4*len("x\n") {
		t.Errorf("asked %d times, %v", len(times)/len("x\n"), err)
	}
}

// What fails at once does not stall.
func TestQuickFailuresDoNotStall(t *testing.T) {
	t.Parallel()
	r := runner(t, command.Config{})
	for range 3 {
		if got, err := r.Run(t.Context(), sh("exit 7")); err != nil || got.ExitCode != 7 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
