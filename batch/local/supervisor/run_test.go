package supervisor

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// run is one command on a directory.
func run(t *testing.T, command string, o Order) (Report, error) {
	t.Helper()
	in, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var r Report
	if err := (Tool{In: bytes.NewReader(in), Out: &out}).Run([]string{command}); err != nil {
		return r, err
	}
	return r, json.Unmarshal(out.Bytes(), &r)
}

// TestCancelledFirst: a job that was cancelled is never started.
func TestCancelledFirst(t *testing.T) {
	t.Parallel()
	o := Order{Dir: t.TempDir(), Job: "7-abcd", Script: []byte("#!/bin/sh\n")}
	if r, err := run(t, Status, o); err != nil || r.State != Absent {
		t.Errorf("before: %+v, %v", r, err)
	}
	if r, err := run(t, Cancel, o); err != nil || r.State != Ended || r.Exit.Cause != Cancelled {
		t.Errorf("cancel: %+v, %v", r, err)
	}
	if r, err := run(t, Start, o); err != nil || r.State != Ended {
		t.Errorf("start: %+v, %v", r, err)
	}
	if r, err := run(t, Forget, o); err != nil || r.State != Absent {
		t.Errorf("forget: %+v, %v", r, err)
	}
	o.Begun = true
	if r, err := run(t, Cancel, o); err != nil || r.State != Absent {
		t.Errorf("cancel of a forgotten job: %+v, %v", r, err)
	}
	if left, _ := os.ReadDir(o.Dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestVanished: a supervisor that is not there any more is told from another
// process with its number.
func TestVanished(t *testing.T) {
	t.Parallel()
	o := Order{Dir: t.TempDir(), Job: "8-abcd"}
	f := folder(filepath.Join(o.Dir, o.Job))
	self, err := Identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	other := self
	other.Start++
	if err := errors.Join(f.make(), f.putJSON(startedFile, started{Process: other, At: time.Now()})); err != nil {
		t.Fatal(err)
	}
	if r, err := run(t, Status, o); err != nil || r.State != Vanished {
		t.Errorf("%+v, %v", r, err)
	}
	if err := f.putJSON(startedFile, started{Process: self, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if r, err := run(t, Status, o); err != nil || r.State != Running {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := run(t, Forget, o); err != nil || r.State != Running {
		t.Errorf("a running job was forgotten: %+v, %v", r, err)
	}
}

// TestTidy: only what ended long ago goes.
func TestTidy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"1-abcd", "2-abcd", "3-abcd", "notes"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if name == "3-abcd" {
			continue // it runs
		}
		if err := os.WriteFile(filepath.Join(dir, name, endedFile), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-keepFor - time.Hour)
	for _, name := range []string{"1-abcd", "notes"} {
		if err := os.Chtimes(filepath.Join(dir, name, endedFile), long, long); err != nil {
			t.Fatal(err)
		}
	}
	folder(filepath.Join(dir, "9-abcd")).tidy(time.Now())
	var left []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got := strings.Join(left, " "); got != "2-abcd 3-abcd notes" {
		t.Errorf("left: %s", got)
	}
}

// TestOrders: what makes no sense is refused, in words that quote nothing secret.
func TestOrders(t *testing.T) {
	t.Parallel()
	good := Order{Dir: t.TempDir(), Job: "1-abcd"}
	for name, change := range map[string]func(*Order){
		"job":    func(o *Order) { o.Job = "../../etc" },
		"dir":    func(o *Order) { o.Dir = "relative" },
		"no dir": func(o *Order) { o.Dir = "" },
		"limit":  func(o *Order) { o.TimeLimit = -1 },
		"env":    func(o *Order) { o.Env = []string{"=x"} },
		"script": func(o *Order) { o.Script = []byte("sesame") },
	} {
		o := good
		change(&o)
		if r, err := run(t, Start, o); err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if err := os.Symlink("/tmp", filepath.Join(good.Dir, good.Job)); err != nil {
		t.Fatal(err)
	}
	good.Script = []byte("#!/bin/sh\n")
	if r, err := run(t, Start, good); !errors.Is(err, os.ErrPermission) {
		t.Errorf("somebody else's directory: %+v, %v", r, err)
	}
}
