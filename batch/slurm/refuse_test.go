package slurm

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// TestRecordedRefusals reads blocks of "== field", then what sbatch printed. The
// field "unavailable" stands for no answer, "-" for a refusal without a field.
func TestRecordedRefusals(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/22.05.8/sbatch-errors.txt")
	if err != nil {
		t.Fatal(err)
	}
	script := batch.Script{Resources: batch.Resources{GPUs: 1}}
	blocks := strings.Split(string(text), "== ")[1:]
	if len(blocks) < 20 {
		t.Fatalf("only %d recordings", len(blocks))
	}
	for _, block := range blocks {
		field, stderr, _ := strings.Cut(block, "\n")
		err := refused(command.Result{ExitCode: 1, Stderr: []byte(stderr)}, script)
		var no *batch.Rejected
		switch rejected := errors.As(err, &no); {
		case field == "unavailable":
			if rejected || !errors.Is(err, batch.ErrUnavailable) {
				t.Errorf("%q: %v", stderr, err)
			}
		case !rejected || errors.Is(err, batch.ErrUnavailable):
			t.Errorf("%q: %v", stderr, err)
		case no.Field != strings.TrimPrefix(field, "-"):
			t.Errorf("%q: field %q, want %q", stderr, no.Field, field)
		case no.Reason == "" || no.Native == "" || strings.Contains(no.Native, "sbatch:") || strings.Contains(no.Reason, "error:"):
			t.Errorf("%q: %+v", stderr, no)
		}
	}
}

// The site's own rules speak to the user in their own words.
func TestSubmitPlugin(t *testing.T) {
	t.Parallel()
	err := refused(command.Result{ExitCode: 1, Stderr: []byte(
		"sudo: unable to resolve host x\nsbatch: error: Please ask for at least one GPU.\nsbatch: error: Batch job submission failed: Unspecified error\n")}, batch.Script{})
	var no *batch.Rejected
	if !errors.As(err, &no) || no.Reason != "Please ask for at least one GPU." || no.Field != "" {
		t.Errorf("%v", err)
	}
}

func TestNodeConfigurationBlamesTheRarestAsk(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]batch.Resources{
		"gpus": {GPUs: 1, CPUs: 1, Memory: 1}, "cpus": {CPUs: 1, Memory: 1}, "memory": {Memory: 1}, "": {},
	} {
		err := refused(command.Result{ExitCode: 1, Stderr: []byte("sbatch: error: Batch job submission failed: Requested node configuration is not available")}, batch.Script{Resources: r})
		var no *batch.Rejected
		if !errors.As(err, &no) || no.Field != want {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func FuzzRefused(f *testing.F) {
	f.Add("sbatch: error: Batch job submission failed: Invalid qos specification\n")
	f.Add("")
	f.Add("sbatch: error: \x1b]0;x\x07\xff\n")
	f.Fuzz(func(t *testing.T, stderr string) {
		err := refused(command.Result{ExitCode: 1, Stderr: []byte(stderr)}, batch.Script{})
		var no *batch.Rejected
		if !errors.As(err, &no) {
			if !errors.Is(err, batch.ErrUnavailable) {
				t.Errorf("%q: %v", stderr, err)
			}
			return
		}
		for _, r := range no.Native + no.Reason {
			if r < ' ' || r == 0x7f {
				t.Errorf("%q: %+v", stderr, no)
			}
		}
		if no.Reason == "" || len(no.Native) > 2000 {
			t.Errorf("%q: %+v", stderr, no)
		}
	})
}
