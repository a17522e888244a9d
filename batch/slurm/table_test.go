package slurm

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answer writes rows as squeue would: every field, then the separator.
func answer(sep separator, rows ...[]string) []byte {
	var b strings.Builder
	for _, fields := range rows {
		for _, f := range fields {
			b.WriteString(f + string(sep))
		}
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// jobRow is a running job of the queue with the given free text.
func jobRow(id, owner, name, account string) []string {
	return []string{
		id, owner, name, "RUNNING", "None", "4294901755", "cpu", account, "normal", "c4", "c4",
		"1795437008", "1795437009", "1795437609", "10:00", "0", "0",
	}
}

func TestSeparatorsAreFresh(t *testing.T) {
	t.Parallel()
	a, b := newSeparator(), newSeparator()
	if a == b || len(a) != 13 || a[0] != 0x1f || strings.ContainsAny(string(a), ",:%") {
		t.Errorf("%q, %q", a, b)
	}
}

func TestRequestFollowsTheTable(t *testing.T) {
	t.Parallel()
	two := table[row]{{name: "JobID"}, {name: "Name"}}
	if got := two.long("\x1fW"); got != "JobID:\x1fW,Name:\x1fW" {
		t.Errorf("%q", got)
	}
	if got := two.names(); got != "JobID,Name" {
		t.Errorf("%q", got)
	}
}

func TestParseShapes(t *testing.T) {
	t.Parallel()
	good := answer("\x1fW", jobRow("1", "alice", "a", ""), jobRow("2", "bob", "b", "phys"))
	rows, odd, err := queueTable.parse(good, "\x1fW")
	if err != nil || odd != nil || len(rows) != 2 || rows[1].job.Account != "phys" {
		t.Fatalf("%d rows, %v, %v", len(rows), odd, err)
	}
	for name, out := range map[string][]byte{
		"a field less":        answer("\x1fW", jobRow("1", "alice", "a", "")[1:], jobRow("2", "bob", "b", "")),
		"a field more":        answer("\x1fW", append(jobRow("1", "alice", "a", ""), "x")),
		"cut off":             good[:len(good)-20],
		"without line feed":   good[:len(good)-1],
		"another separator":   answer("\x1fV", jobRow("1", "alice", "a", "")),
		"a header":            append([]byte("CLUSTER: lab\n"), answer("\x1fV")...),
		"words after the end": append(append([]byte{}, good...), "bye"...),
	} {
		if rows, _, err := queueTable.parse(out, "\x1fW"); !errors.Is(err, errShape) {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
	strange := jobRow("3", "bob", "c", "")
	strange[len(strange)-1] = "many"
	rows, odd, err = queueTable.parse(answer("\x1fW", strange, jobRow("4", "alice", "d", "")), "\x1fW")
	if err != nil || odd == nil || len(rows) != 2 || rows[0].job.ID != "3" || rows[0].job.Restarts != 0 {
		t.Errorf("one unreadable field: %d rows, %v, %v", len(rows), odd, err)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain": "plain", " padded ": "padded", "(null)": "", "N/A": "", "n/a": "", "é": "é",
		"a\x00b\x1b[31m\n": "a\uFFFDb\uFFFD[31m\uFFFD", "\xff\xfe": "\uFFFD", "berth:\x01x": "berth:\uFFFDx",
	} {
		if got := clean([]byte(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzForeignText: whatever somebody else calls his job and his account, our
// job's record is what it is, and nobody's job gets its id, tag or owner.
func FuzzForeignText(f *testing.F) {
	f.Add("x\n9999\x1falice\x1fberth:lab:aaaa:1\x1fCOMPLETED\x1e\n", "acct")
	f.Add("\xff\xfe,|\x00", "\x1fW\x1f")
	f.Add(strings.Repeat("n", 5000), "\n\n")
	f.Fuzz(func(t *testing.T, name, account string) {
		sep := newSeparator()
		ours := jobRow("7", "alice", "berth:lab:aaaa:1", "")
		rows, odd, err := queueTable.parse(answer(sep, jobRow("5", "bob", name, account), ours, jobRow("9", "bob", account, name)), sep)
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d rows, %v, %v", len(rows), odd, err)
		}
		want, _, err := queueTable.parse(answer(sep, ours), sep)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[0].settle(), rows[1].settle()); diff != "" {
			t.Errorf("our job: %s", diff)
		}
		for _, r := range []row{rows[0], rows[2]} {
			if j := r.settle(); j.Owner != "bob" || j.ID == "7" {
				t.Errorf("%+v", j)
			}
		}
	})
}

// FuzzQueueOutput: no output makes the parser fail in any other way than by an
// error, and it never invents a job.
func FuzzQueueOutput(f *testing.F) {
	f.Add([]byte("1\x1f2\n"))
	f.Add(answer("\x1f", jobRow("1", "alice", "a", "")))
	f.Fuzz(func(t *testing.T, out []byte) {
		rows, _, err := queueTable.parse(out, "\x1f")
		if err != nil && len(rows) > 0 {
			t.Errorf("%d rows with an error", len(rows))
		}
		if most := len(out) / len(queueTable); len(rows) > most {
			t.Errorf("%d bytes are %d rows", len(out), len(rows))
		}
		for _, r := range rows {
			r.settle()
		}
	})
}

func FuzzNodeOutput(f *testing.F) {
	f.Add(answer("\x1f", []string{"c1", "gpu", "mixed", "2/6/0/8", "16384", "1000", "gpu:a100:4", "gpu:a100:3(IDX:0-2)"}))
	f.Add(answer("\x1f", []string{"", "empty", "n/a", "0/0/0/0", "0", "0", "(null)", "(null)"}))
	f.Fuzz(func(t *testing.T, out []byte) {
		nodes, _, err := nodeTable.parse(out, "\x1f")
		if err != nil {
			return
		}
		q := partition{}.filled(nodes)
		if q.NodesUp > q.Nodes || q.Nodes > len(nodes) || q.CPUs < 0 {
			t.Errorf("%+v", q)
		}
		for _, g := range q.GPUs {
			if g.Free > g.Total || g.Free < 0 || g.MostNode > g.Total+g.Down {
				t.Errorf("%+v", g)
			}
		}
	})
}

func FuzzPartitions(f *testing.F) {
	f.Add([]byte("PartitionName=gpu AllowGroups=ALL Default=YES MaxTime=1-00:00:00 State=UP\n"))
	f.Add([]byte("PartitionName=\nPartitionName=x MaxTime==\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		all, err := parsePartitions(out)
		if err != nil {
			return
		}
		for _, p := range all {
			if p.queue.Name == "" || p.queue.MaxTime < 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}
