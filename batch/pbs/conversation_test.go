package pbs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest/fake"
	"github.com/berth-hpc/berth/batch/pbs"
)

const secret = "open-sesame"

func script() batch.Script {
	return batch.Script{
		Tag: "berth:lab:abc:1", Body: []byte("#!/bin/bash\n# " + secret + "\nexec sleep 600\n"), Queue: "gpu",
		Account: "proj42", TimeLimit: batch.Duration(90 * time.Second), Native: []string{"-lplace=excl"},
		Resources: batch.Resources{CPUs: 4, Memory: 2 * batch.GiB, GPUs: 2, GPUType: "a100"},
	}
}

func submit(t *testing.T, s *pbs.Scheduler, script batch.Script) batch.JobID {
	t.Helper()
	id, err := s.Submit(t.Context(), "alice", script)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func argv(calls []fake.Call) string {
	var b strings.Builder
	for _, c := range calls {
		fmt.Fprintf(&b, "%s %q\n", c.Name, c.Args)
	}
	return b.String()
}

// TestSubmission: the script is on standard input alone, as its owner, and the
// options mean what was asked for.
func TestSubmission(t *testing.T) {
	t.Parallel()
	c := fake.PBS(t)
	s := adapter(t, c, func(cfg *pbs.Config) { cfg.ExtraSubmitArgs = []string{"-r", "-y"} })
	want := script()
	want.Native, want.WorkDir = nil, "/it's here"
	id := submit(t, s, want)
	calls := c.Calls("qsub")
	last := calls[len(calls)-1]
	line := strings.Join(last.Args, " ")
	for _, part := range []string{
		"-f -C  -N berth_lab_abc_1 ", "-o /dev/null", "-q gpu", "-A proj42", "-l walltime=90",
		"-l select=1:ncpus=4:mem=2048mb:ngpus=2:gpu_type=a100", "-r y",
	} {
		if !strings.Contains(line, part) {
			t.Errorf("no %q in %q", part, line)
		}
	}
	if !slices.Equal(last.Args[len(last.Args)-2:], []string{"-r", "-y"}) {
		t.Errorf("the site's options are not last: %q", line)
	}
	if last.User != "alice" || strings.Contains(argv(calls), secret) {
		t.Errorf("as %q: %s", last.User, argv(calls))
	}
	body := "#!/bin/bash\ncd -- '/it'\\''s here' || exit 1\n# " + secret + "\nexec sleep 600\n"
	if string(last.Stdin) != body {
		t.Errorf("standard input: %q", last.Stdin)
	}
	if id != fake.PBSID(c.Memory.IDs()[len(c.Memory.IDs())-1]) {
		t.Errorf("id %q", id)
	}
}

// TestOnePoll: many ids are one qstat without ids, in UTC.
func TestOnePoll(t *testing.T) {
	t.Parallel()
	c := fake.PBS(t)
	s := adapter(t, c, nil)
	one, other := script(), script()
	one.Native, other.Native = nil, nil
	ids := []batch.JobID{submit(t, s, one), submit(t, s, other)}
	for n := range 500 {
		ids = append(ids, fake.PBSID(batch.JobID(fmt.Sprint(80000+n))))
	}
	before := len(c.Calls("qstat"))
	jobs, err := s.Jobs(t.Context(), ids)
	if err != nil || len(jobs) != 2 {
		t.Fatalf("%v, %v", jobs, err)
	}
	asked := c.Calls("qstat")[before:]
	if len(asked) == 2 && slices.Contains(asked[0].Args, "-B") { // now and then
		asked = asked[1:]
	}
	if len(asked) != 1 || !slices.Equal(asked[0].Args, []string{"-f", "-F", "dsv"}) || asked[0].Zone != "UTC" {
		t.Errorf("asked: %s (zone %q)", argv(asked), asked[0].Zone)
	}
	if at := jobs[ids[0]].SubmittedAt; time.Since(at) > time.Minute || time.Until(at) > time.Minute {
		t.Errorf("submitted at %v", at)
	}
}

// TestBlindness: where the service may see nobody's jobs, an answer
// without jobs proves nothing.
func TestBlindness(t *testing.T) {
	t.Parallel()
	c := fake.PBS(t)
	c.SetBlind(true)
	s := adapter(t, c, nil)
	pbs.BeNobody(s)
	for name, ask := range map[string]func() error{
		"Jobs":     func() error { _, err := s.Jobs(t.Context(), []batch.JobID{"1.pbshost"}); return err },
		"Find":     func() error { _, err := s.Find(t.Context(), "alice", "berth:lab:abc:1"); return err },
		"Tagged":   func() error { _, err := s.Tagged(t.Context(), "berth:lab:"); return err },
		"Finished": func() error { _, err := s.Finished(t.Context(), []batch.JobID{"1.pbshost"}); return err },
	} {
		if err := ask(); !errors.Is(err, batch.ErrUnavailable) || !strings.Contains(err.Error(), "query_other_jobs") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLostSubmission: a qsub that was killed may have submitted; the job is
// found by its tag.
func TestLostSubmission(t *testing.T) {
	t.Parallel()
	c := fake.PBS(t)
	s := adapter(t, c, func(cfg *pbs.Config) { cfg.Timeout = batch.Duration(5 * time.Second) })
	if _, err := s.Queues(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.LoseNextSubmit()
	lost := script()
	lost.Native = nil
	if id, err := s.Submit(t.Context(), "alice", lost); !errors.Is(err, batch.ErrUnavailable) {
		t.Fatalf("%q, %v", id, err)
	}
	jobs, err := s.Find(t.Context(), "alice", lost.Tag)
	if err != nil || len(jobs) != 1 || jobs[0].Owner != "alice" || jobs[0].Tag != lost.Tag {
		t.Errorf("%+v, %v", jobs, err)
	}
}

// TestOneIDPerCancel: several ids in one qdel bring a server down.
func TestOneIDPerCancel(t *testing.T) {
	t.Parallel()
	c := fake.PBS(t)
	s := adapter(t, c, nil)
	job := script()
	job.Native = nil
	id := submit(t, s, job)
	for _, none := range []batch.JobID{"", "7", "0", "1.a b", "-Wforce", "1.h,2.h", "all", "1.h@other;x"} {
		if err := s.Cancel(t.Context(), "alice", none); err != nil {
			t.Errorf("%q: %v", none, err)
		}
	}
	if calls := c.Calls("qdel"); len(calls) != 0 {
		t.Errorf("ids of no job: %s", argv(calls))
	}
	if err := s.Cancel(t.Context(), "alice", id); err != nil {
		t.Error(err)
	}
	if calls := c.Calls("qdel"); len(calls) != 1 || !slices.Equal(calls[0].Args, []string{string(id)}) || calls[0].User != "alice" {
		t.Errorf("%s", argv(calls))
	}
}

// TestWhatIsNotAsked: what qsub would take although it makes no sense.
func TestWhatIsNotAsked(t *testing.T) {
	t.Parallel()
	c := fake.PBS(t)
	s := adapter(t, c, nil)
	for name, change := range map[string]func(*batch.Script){
		"negative GPUs":   func(s *batch.Script) { s.Resources.GPUs = -1 },
		"negative CPUs":   func(s *batch.Script) { s.Resources.CPUs = -1 },
		"negative memory": func(s *batch.Script) { s.Resources.Memory = -1 },
		"negative time":   func(s *batch.Script) { s.TimeLimit = -1 },
		"too long":        func(s *batch.Script) { s.TimeLimit = batch.Duration(1000 * time.Hour) },
		"a QOS":           func(s *batch.Script) { s.QOS = "high" },
		"two chunks":      func(s *batch.Script) { s.Resources.GPUType = "a100:ncpus=64" },
		"a list":          func(s *batch.Script) { s.Queue = "gpu,cpu" },
		"another server":  func(s *batch.Script) { s.Queue = "gpu@elsewhere" },
		"CRLF":            func(s *batch.Script) { s.Body = []byte("#!/bin/bash\r\n") },
		"NUL":             func(s *batch.Script) { s.Body = []byte("#!/bin/bash\n\x00") },
		"6 GPUs of 4":     func(s *batch.Script) { s.Resources.GPUs = 6 },
		"100 nodes":       func(s *batch.Script) { s.Resources = batch.Resources{Nodes: 100, CPUs: 100} },
		"an account":      func(s *batch.Script) { s.Account = "a b" },
		"an option":       func(s *batch.Script) { s.Native = []string{"file"} },
		"no tag":          func(s *batch.Script) { s.Tag = "my_job" },
		"a relative path": func(s *batch.Script) { s.WorkDir = "x" },
	} {
		job := script()
		job.Native = nil
		change(&job)
		var no *batch.Rejected
		if id, err := s.Submit(t.Context(), "alice", job); !errors.As(err, &no) || no.Reason == "" {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	if calls := c.Calls("qsub"); len(calls) != 0 {
		t.Errorf("qsub ran: %s", argv(calls))
	}
}

// TestOtherServer: the name of the configured server goes with every question.
func TestOtherServer(t *testing.T) {
	t.Parallel()
	c := fake.PBS(t)
	s := adapter(t, c, func(cfg *pbs.Config) { cfg.Server = "pbshost" })
	job := script()
	job.Native = nil
	id := submit(t, s, job)
	if jobs, err := s.Jobs(t.Context(), []batch.JobID{id}); err != nil || len(jobs) != 1 {
		t.Errorf("%v, %v", jobs, err)
	}
	if err := s.Cancel(t.Context(), "alice", id+"x"); err != nil {
		t.Error(err)
	}
	all := argv(c.Calls("qsub")) + argv(c.Calls("qstat")) + argv(c.Calls("pbsnodes")) + argv(c.Calls("qdel"))
	for _, part := range []string{`"-q" "gpu@pbshost"`, `"` + string(id) + `@pbshost"`, `"-s" "pbshost"`, `"-Q" "-f" "-F" "dsv" "@pbshost"`} {
		if !strings.Contains(all, part) {
			t.Errorf("no %s in %s", part, all)
		}
	}
}
