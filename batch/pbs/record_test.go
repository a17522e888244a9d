package pbs

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/batch"
)

var escapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "\n", `\n`)

// Whatever is in a value, it comes back as that value and nothing else does.
func TestValuesCannotForge(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.OneOf(rapid.Just('|'), rapid.Just('\\'), rapid.Just('\n'), rapid.Just('='), rapid.Just('n'), rapid.Rune())).Draw(t, "value")
		out := "Job Id: 1.s|Account_Name=" + escapes.Replace(value) + "|job_state=Q\nJob Id: 2.s|job_state=R\n"
		records, err := parseRecords([]byte(out), "Job Id", nil)
		if err != nil || len(records) != 2 || records[0].name != "1.s" || records[1].name != "2.s" {
			t.Fatalf("%q: %+v, %v", out, records, err)
		}
		f := records[0].fields
		if len(f) != 2 || f["job_state"] != "Q" || f["Account_Name"] != clean(value) {
			t.Fatalf("%q: %q", out, f)
		}
	})
}

func TestShapes(t *testing.T) {
	t.Parallel()
	for _, out := range []string{
		"Job Id: 1.s|job_state=Q", "{}\n", "Job Id: \n", "Queue: q|enabled=True\n", "Connection refused\n",
		"Job Id: 1.s|job_state=Q\nJob Id: 2.s|job_st",
	} {
		if records, err := parseRecords([]byte(out), "Job Id", nil); !errors.Is(err, errShape) {
			t.Errorf("%q: %v, %v", out, records, err)
		}
	}
	if records, err := parseRecords(nil, "Job Id", nil); err != nil || len(records) != 0 {
		t.Errorf("no jobs: %v, %v", records, err)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"27:46:40": 100000 * time.Second, "00:00:00": 0, "90:00": 90 * time.Minute, "3600": time.Hour, "100:00:00": 100 * time.Hour,
	} {
		if got, err := parseWalltime(text); err != nil || got.Std() != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "abc", "1:2:3:4", "-5", "1.5", "99999999999", "27777777:46:39", "1::2"} {
		if got, err := parseWalltime(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]batch.Bytes{
		"8388608kb": 8 * batch.GiB, "64gb": 64 * batch.GiB, "1048576b": batch.MiB, "1GB": batch.GiB, "0kb": 0, "4kw": 32 * batch.KiB, "512": 512,
	} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "gb", "-1gb", "x", "99999999tb"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestExits(t *testing.T) {
	t.Parallel()
	for status, want := range map[int][2]int{ // code, signal; -1: none
		0: {0, 0}, 3: {3, 0}, 127: {127, 0}, 128: {128, 0}, 137: {-1, 9}, 139: {-1, 11}, 254: {254, 0}, 255: {255, 0},
		265: {-1, 9}, 271: {-1, 15}, -29: {-1, 0}, -4: {-1, 0},
	} {
		code, signal := exitOf(status)
		got := [2]int{-1, signal}
		if code != nil {
			got[0] = *code
		}
		if got != want {
			t.Errorf("%d: %v, want %v", status, got, want)
		}
	}
}

func TestStatesAreKnown(t *testing.T) {
	t.Parallel()
	for _, letter := range strings.Split("QTWHRBSUEMFX", "") {
		if stateOf(letter) == batch.Unknown {
			t.Errorf("%s is not known", letter)
		}
	}
	for _, letter := range []string{"", "Z", "QQ", "f"} {
		if got := stateOf(letter); got != batch.Unknown {
			t.Errorf("%q is %s", letter, got)
		}
	}
}

func TestTagsAndNames(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"berth:main:abcdefgh23456723:1", "berth:a-b.c:x:1"} {
		name := nameOf(tag)
		if strings.Contains(name, ":") || tagOf(name) != tag {
			t.Errorf("%q: %q, %q", tag, name, tagOf(name))
		}
	}
}

func FuzzJobs(f *testing.F) {
	f.Add([]byte("Job Id: 1.s|Job_Name=a|job_state=R|exec_host=a/0*2+b/1|run_count=2|Exit_status=271|stime=Mon Nov 23 08:05:55 2026\n"))
	f.Add([]byte("Job Id: 1.s|Account_Name=\\|job_state=F\\n\\\\|job_state=F|substate=91|comment=x and terminated by alice@h\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		rows, _, err := parseJobs(out)
		if err != nil {
			return
		}
		for _, r := range rows {
			j := r.settle()
			if j.Restarts < 0 && r.runs >= 0 {
				t.Errorf("%d restarts of %+v", j.Restarts, r)
			}
			for _, s := range []string{j.Owner, j.Tag, j.Reason, j.Queue, j.NodeList, string(j.ID)} {
				if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\x00\x1b") {
					t.Errorf("%q is not clean", s)
				}
			}
			if j.State.Phase() == batch.PhaseWaiting && (len(j.Nodes) > 0 || j.ExitCode != nil) {
				t.Errorf("it waits: %+v", j)
			}
		}
	})
}

func FuzzNodes(f *testing.F) {
	f.Add([]byte(`{"nodes":{"n":{"state":"free","queue":7,"resources_available":{"ncpus":"8","mem":"1gb","ngpus":-1}}}}`))
	f.Add([]byte("{\"nodes\":{\"\xff\":{\"state\":[1],\"resources_assigned\":{\"ngpus\":1e999}}}}"))
	f.Fuzz(func(t *testing.T, out []byte) {
		nodes, err := parseNodes(out)
		if err != nil {
			return
		}
		q := queue{}.filled(nodes, func(node) string { return "" })
		for _, g := range q.GPUs {
			if g.Free < 0 || g.Free > g.Total || g.Down < 0 {
				t.Errorf("%+v", g)
			}
		}
		if q.FreeCPUs < 0 || q.FreeCPUs > q.CPUs || q.NodesUp > q.Nodes || q.FreeMemory > q.TotalMemory {
			t.Errorf("%+v", q)
		}
	})
}
