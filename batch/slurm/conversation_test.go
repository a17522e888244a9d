package slurm

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// fakes makes a folder of commands that are shell scripts. Each writes its argv
// and environment beside itself first; $SEP is the separator it was given.
func fakes(t *testing.T, scripts map[string]string) Config {
	t.Helper()
	dir := t.TempDir()
	scripts["sudo"] = "shift 4\nexec \"$@\"\n"
	for name, text := range scripts {
		text = `#!/bin/bash
printf '%s\n' "$@" >"$0.argv"
env >"$0.env"
for a; do case $a in --Format=*) f=${a#--Format=}; f=${f%%,*}; SEP=${f#*:} ;; --delimiter=*) SEP=${a#*=} ;; esac; done
` + text
		// No fork while the file is open for writing: "text file busy".
		syscall.ForkLock.RLock()
		err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700)
		syscall.ForkLock.RUnlock()
		if err != nil {
			t.Fatal(err)
		}
	}
	return Config{BinDir: dir, Sudo: filepath.Join(dir, "sudo")}
}

// told is what a fake command was given; "" if it did not run.
func told(t *testing.T, cfg Config, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(cfg.BinDir, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

// printRows makes bash print rows of a table.
func printRows(rows ...[]string) string {
	var b strings.Builder
	for _, fields := range rows {
		for _, f := range fields {
			b.WriteString("printf '%s%s' '" + strings.ReplaceAll(f, "'", `'\''`) + "' \"$SEP\"\n")
		}
		b.WriteString("echo\n")
	}
	return b.String()
}

func TestJobsIsOneCommand(t *testing.T) {
	t.Parallel()
	rows := printRows(jobRow("7", "alice", "berth:i:s:1", ""), jobRow("8", "bob", "x\n7", "a\nb"))
	cfg := fakes(t, map[string]string{"squeue": "echo run >>\"$0.runs\"\n" + rows})
	s := scheduler(t, cfg)
	if jobs, err := s.Jobs(t.Context(), nil); err != nil || len(jobs) != 0 || told(t, cfg, "squeue.runs") != "" {
		t.Errorf("no ids: %v, %v", jobs, err)
	}
	if jobs, err := s.Jobs(t.Context(), []batch.JobID{"x", "-1", "7;rm", "12_3"}); err != nil || len(jobs) != 0 || told(t, cfg, "squeue.runs") != "" {
		t.Errorf("ids of no Slurm: %v, %v", jobs, err)
	}
	jobs, err := s.Jobs(t.Context(), []batch.JobID{"7", "9", "7"})
	if err != nil || len(jobs) != 1 || jobs["7"].Owner != "alice" || jobs["7"].State != batch.Running {
		t.Errorf("%+v, %v", jobs, err)
	}
	argv := told(t, cfg, "squeue.argv")
	for _, want := range []string{"--all\n", "--states=all\n", "--jobs=7,9\n", "--noheader\n"} {
		if !strings.Contains(argv, want) {
			t.Errorf("no %q in %q", want, argv)
		}
	}
	many := []batch.JobID{"7"}
	for n := range 10000 {
		many = append(many, batch.JobID(strconv.Itoa(4_000_000_000+n)))
	}
	if jobs, err = s.Jobs(t.Context(), many); err != nil || len(jobs) != 1 {
		t.Errorf("ten thousand ids: %v, %v", jobs, err)
	}
	if argv = told(t, cfg, "squeue.argv"); strings.Contains(argv, "--jobs") || len(argv) > 2000 {
		t.Errorf("ten thousand ids: argv %q", argv)
	}
	if runs := told(t, cfg, "squeue.runs"); runs != "run\nrun\n" {
		t.Errorf("runs: %q", runs)
	}
}

func TestEnvironmentIsOurs(t *testing.T) {
	t.Setenv("SQUEUE_STATES", "PD")
	t.Setenv("SBATCH_PARTITION", "gpu")
	cfg := fakes(t, map[string]string{"squeue": ""})
	cfg.SlurmConf, cfg.Cluster = "/etc/lab.conf", "lab"
	if _, err := scheduler(t, cfg).Jobs(t.Context(), []batch.JobID{"1"}); err != nil {
		t.Fatal(err)
	}
	env := told(t, cfg, "squeue.env")
	for _, want := range []string{"SLURM_CONF=/etc/lab.conf\n", "SLURM_TIME_FORMAT=%s\n", "LC_ALL=C.UTF-8\n"} {
		if !strings.Contains(env, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(env, "SQUEUE") || strings.Contains(env, "SBATCH") {
		t.Errorf("environment: %s", env)
	}
	if argv := told(t, cfg, "squeue.argv"); !strings.HasPrefix(argv, "--clusters=lab\n") {
		t.Errorf("argv: %s", argv)
	}
}

func TestNoAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, squeue := range map[string]string{
		"down":            "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1",
		"hung":            "exec sleep 600",
		"no words":        "exit 1",
		"killed":          "kill -9 $$",
		"other shape":     "echo JOBID PARTITION",
		"a field missing": printRows(jobRow("7", "alice", "t", "")[1:]),
		"unknown field":   "echo 'squeue: error: Invalid job format specification: exit_code' >&2\n" + printRows(jobRow("7", "alice", "t", "")),
		"unknown user":    "echo 'squeue: error: Invalid user: alice' >&2",
	} {
		cfg := fakes(t, map[string]string{"squeue": squeue})
		if name == "hung" {
			cfg.Timeout = batch.Duration(200 * time.Millisecond)
		}
		s := scheduler(t, cfg)
		if jobs, err := s.Jobs(t.Context(), []batch.JobID{"7"}); !errors.Is(err, batch.ErrUnavailable) {
			t.Errorf("%s: Jobs: %v, %v", name, jobs, err)
		}
		if jobs, err := s.Find(t.Context(), "alice", "t"); !errors.Is(err, batch.ErrUnavailable) {
			t.Errorf("%s: Find: %v, %v", name, jobs, err)
		}
	}
	s := scheduler(t, Config{BinDir: "/nowhere"})
	if _, err := s.Queues(t.Context()); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("missing: %v", err)
	}
	if _, err := s.Submit(t.Context(), "alice", batch.Script{Tag: "t", Body: body}); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("missing: %v", err)
	}
}

func TestTheOnlyIDIsUnknown(t *testing.T) {
	t.Parallel()
	cfg := fakes(t, map[string]string{"squeue": "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1"})
	if jobs, err := scheduler(t, cfg).Jobs(t.Context(), []batch.JobID{"7"}); err != nil || len(jobs) != 0 {
		t.Errorf("%v, %v", jobs, err)
	}
}

func TestFindLooksAtTheOwner(t *testing.T) {
	t.Parallel()
	cfg := fakes(t, map[string]string{"squeue": printRows(
		jobRow("12", "alice", "t", ""), jobRow("9", "alice", "t", ""), jobRow("8", "mallory", "t", ""), jobRow("7", "alice", "other", ""))})
	jobs, err := scheduler(t, cfg).Find(t.Context(), "alice", "t")
	if err != nil || len(jobs) != 2 || jobs[0].ID != "9" || jobs[1].ID != "12" {
		t.Errorf("%+v, %v", jobs, err)
	}
	if argv := told(t, cfg, "squeue.argv"); !strings.Contains(argv, "--user=alice\n--name=t\n") {
		t.Errorf("argv: %s", argv)
	}
	// The name service is down: whose the job is cannot be told.
	cfg = fakes(t, map[string]string{"squeue": printRows(jobRow("12", "5001", "t", ""))})
	if jobs, err := scheduler(t, cfg).Find(t.Context(), "alice", "t"); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("%v, %v", jobs, err)
	}
	for _, c := range [][2]string{{"-u", "t"}, {"alice", "a,b"}, {"alice", ""}, {"al,bob", "t"}} {
		if _, err := scheduler(t, cfg).Find(t.Context(), c[0], c[1]); err == nil {
			t.Errorf("%v was looked for", c)
		}
	}
}

func TestScriptIsOnlyOnStandardInput(t *testing.T) {
	t.Parallel()
	cfg := fakes(t, map[string]string{"sbatch": "cat >\"$0.stdin\"; echo '42;lab'"})
	cfg.ExtraSubmitArgs = []string{"--export=NIL"}
	script := batch.Script{Tag: "t", Body: []byte("#!/bin/bash\n# s3cret\n"), WorkDir: "/scratch"}
	id, err := scheduler(t, cfg).Submit(t.Context(), "alice", script)
	if err != nil || id != "42" {
		t.Fatalf("%q, %v", id, err)
	}
	if told(t, cfg, "sbatch.stdin") != string(script.Body) {
		t.Errorf("standard input %q", told(t, cfg, "sbatch.stdin"))
	}
	all := told(t, cfg, "sbatch.argv") + told(t, cfg, "sbatch.env") + told(t, cfg, "sudo.argv") + told(t, cfg, "sudo.env")
	if strings.Contains(all, "s3cret") {
		t.Error("the script is in argv or environment")
	}
	if !strings.HasPrefix(told(t, cfg, "sudo.argv"), "-n\n-u\nalice\n--\n"+filepath.Join(cfg.BinDir, "sbatch")+"\n") {
		t.Errorf("sudo: %q", told(t, cfg, "sudo.argv"))
	}
	if !strings.HasSuffix(told(t, cfg, "sbatch.argv"), "--export=NIL\n") {
		t.Errorf("the site's options are not last: %q", told(t, cfg, "sbatch.argv"))
	}
}

func TestSubmitErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sbatch string
		want   error
	}{
		"no id":     {"echo hello", batch.ErrUnavailable},
		"two ids":   {"echo 1; echo 2", batch.ErrUnavailable},
		"nothing":   {"", batch.ErrUnavailable},
		"down":      {"echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)' >&2; exit 1", batch.ErrUnavailable},
		"sudo rule": {"echo 'sudo: a password is required' >&2; exit 1", batch.ErrForbidden},
		"crash":     {"kill -11 $$", batch.ErrUnavailable},
	} {
		s := scheduler(t, fakes(t, map[string]string{"sbatch": c.sbatch}))
		if id, err := s.Submit(t.Context(), "alice", batch.Script{Tag: "t", Body: body}); !errors.Is(err, c.want) || id != "" {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	s := scheduler(t, fakes(t, map[string]string{"sbatch": "echo 1"}))
	if _, err := s.Submit(t.Context(), "root", batch.Script{Tag: "t", Body: body}); !errors.Is(err, batch.ErrForbidden) {
		t.Errorf("root: %v", err)
	}
}

func TestCancelOutcomes(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]error{
		"exit 0": nil,
		"echo 'scancel: error: Kill job error on job id 9: Invalid job id specified' >&2; exit 1":                  nil,
		"echo 'scancel: error: Kill job error on job id 9: Job/step already completing or completed' >&2; exit 1":  nil,
		"echo 'scancel: error: Kill job error on job id 9: Access/permission denied' >&2; exit 210":                batch.ErrForbidden,
		"echo 'scancel: error: Kill job error on job id 9: Socket timed out on send/recv operation' >&2; exit 140": batch.ErrUnavailable,
		"exit 3": batch.ErrUnavailable,
	} {
		cfg := fakes(t, map[string]string{"scancel": says})
		err := scheduler(t, cfg).Cancel(t.Context(), "alice", "9")
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", says, err)
		}
		if argv := told(t, cfg, "scancel.argv"); argv != "9\n" {
			t.Errorf("argv %q", argv)
		}
	}
	cfg := fakes(t, map[string]string{"scancel": ""})
	for _, id := range []batch.JobID{"", "-u bob", "1 2", "1_2", "0"} {
		if err := scheduler(t, cfg).Cancel(t.Context(), "alice", id); err != nil || told(t, cfg, "scancel.argv") != "" {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestHistoryOff(t *testing.T) {
	t.Parallel()
	s := scheduler(t, fakes(t, map[string]string{"sacct": "echo 'Slurm accounting storage is disabled' >&2; exit 1"}))
	if _, err := s.Finished(t.Context(), []batch.JobID{"1"}); !errors.Is(err, batch.ErrNoHistory) {
		t.Errorf("%v", err)
	}
	if _, err := s.FindFinished(t.Context(), "alice", "t", time.Now()); !errors.Is(err, batch.ErrNoHistory) {
		t.Errorf("%v", err)
	}
	s = scheduler(t, fakes(t, map[string]string{"sacct": "echo 'sacct: error: Sending PersistInit msg: Connection refused' >&2; echo 'Problem talking to the database: Connection refused' >&2; exit 1"}))
	if _, err := s.Finished(t.Context(), []batch.JobID{"1"}); !errors.Is(err, batch.ErrUnavailable) || errors.Is(err, batch.ErrNoHistory) {
		t.Errorf("%v", err)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	account := func(id, name, state, partition, submitted string) []string {
		return []string{id, "alice", name, state, "None", partition, "phys", "normal", "c4", submitted, "1795438820", "1795438821", "00:10:00", "3:0"}
	}
	cfg := fakes(t, map[string]string{"sacct": printRows(
		account("3", "t", "FAILED", "cpu", "1795438819"), account("2", "t", "CANCELLED by 4294967001", "cpu", "1795438819"),
		account("6", "u", "CANCELLED by 0", "cpu", "1795438819"), account("7", "u", "CANCELLED", "cpu", "1795438819"),
		account("4", "t", "RUNNING", "cpu", "1795438819"), account("5", "allocation", "FAILED", "", "1795438819"),
		account("1", "t", "FAILED", "cpu", "1795000000"),
	)})
	s := scheduler(t, cfg)
	jobs, err := s.Finished(t.Context(), []batch.JobID{"1", "2", "3", "4", "5", "6", "7", "x"})
	if err != nil || len(jobs) != 5 || jobs["2"].State != batch.Cancelled || *jobs["3"].ExitCode != 3 {
		t.Errorf("%+v, %v", jobs, err)
	}
	if argv := told(t, cfg, "sacct.argv"); !strings.Contains(argv, "--jobs=1,2,3,4,5,6,7\n") || !strings.Contains(argv, "--allocations\n") {
		t.Errorf("argv: %s", argv)
	}
	for id, want := range map[batch.JobID]string{"2": "4294967001", "6": "root", "7": "", "3": ""} {
		if got := jobs[id].CancelledBy; got != want {
			t.Errorf("job %s was cancelled by %q, want %q", id, got, want)
		}
	}
	found, err := s.FindFinished(t.Context(), "alice", "t", time.Unix(1795438819, 999))
	if err != nil || len(found) != 2 || found[0].ID != "2" || found[1].ID != "3" {
		t.Errorf("%+v, %v", found, err)
	}
	if argv := told(t, cfg, "sacct.argv"); !strings.Contains(argv, "--user=alice\n--name=t\n--starttime=now-") {
		t.Errorf("argv: %s", argv)
	}
}
