package supervisor

import (
	"os"
	"os/exec"
	"slices"
	"testing"
)

func TestStat(t *testing.T) {
	t.Parallel()
	line := "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1000 10 18446744073709551615\n"
	if s, err := parseStat([]byte(line)); err != nil || s != (stat{state: 'S', parent: 7, start: 123456}) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "42 (a", "42 (a) S", "42 (a) SS 7"} {
		if s, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, s)
		}
	}
}

// TestProcess: a process is itself as long as it runs, and its number is not
// enough.
func TestProcess(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/bin/sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := Identify(cmd.Process.Pid)
	if err != nil || !p.Alive() {
		t.Fatalf("%+v, %v", p, err)
	}
	if !slices.Contains(children(os.Getpid()), p.PID) || !slices.Contains(scanChildren(os.Getpid()), p.PID) || !slices.Contains(descendants(os.Getpid()), p.PID) {
		t.Error("it is not among our children")
	}
	if ownMemory([]int{os.Getpid()}) < 1<<20 {
		t.Error("we use no memory")
	}
	for _, other := range []Process{{PID: p.PID, Start: p.Start + 1, Boot: p.Boot}, {PID: p.PID, Start: p.Start, Boot: "another"}, {}} {
		if other.Alive() {
			t.Errorf("%+v is taken for it", other)
		}
	}
	_ = cmd.Process.Kill()
	_, _ = cmd.Process.Wait()
	if p.Alive() {
		t.Error("it lives on")
	}
}

func TestInterpreter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"#!/bin/bash\nexit":        {"/bin/bash"},
		"#! /usr/bin/env  -S x \n": {"/usr/bin/env", "-S x"},
		"#!/bin/sh":                {"/bin/sh"},
		"#!bash\n":                 nil, "": nil, "#!\n": nil, "exit 0": nil,
	} {
		got, err := interpreter([]byte(text))
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func FuzzStat(f *testing.F) {
	f.Add([]byte("42 (a) b (c)) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1000 10"))
	f.Fuzz(func(_ *testing.T, text []byte) { _, _ = parseStat(text); _ = ownPages(string(text)) })
}

func FuzzInterpreter(f *testing.F) {
	f.Add([]byte("#!/bin/bash -l\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if argv, err := interpreter(text); err == nil && (len(argv) == 0 || argv[0][0] != '/') {
			t.Errorf("%q", argv)
		}
	})
}
