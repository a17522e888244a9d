package sql_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func lines(from, n int, pad string) []session.LogLine {
	out := make([]session.LogLine, n)
	for i := range out {
		out[i] = session.LogLine{At: noon, Stream: "stdout", Text: fmt.Sprintf("line %d%s", from+i, pad)}
	}
	return out
}

func appendTo(t *testing.T, s *sql.Store, id session.ID, ls ...session.LogLine) {
	t.Helper()
	if err := s.Append(t.Context(), id, ls); err != nil {
		t.Fatal(err)
	}
}

func tail(t *testing.T, s *sql.Store, id session.ID, after int64, n int) []session.LogLine {
	t.Helper()
	got, err := s.Tail(t.Context(), id, after, n)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(got); i++ {
		if got[i].Seq != got[i-1].Seq+1 {
			t.Fatalf("line %d follows line %d", got[i].Seq, got[i-1].Seq)
		}
	}
	return got
}

func TestLogReadsBackAsWritten(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := create(t, s, asked("alice", "lab"))
	want := []session.LogLine{
		{Seq: 1, At: noon, Stream: "job", Text: "starting"},
		{Seq: 2, At: noon.Add(time.Second), Stream: "stdout", Text: ""},
		{Seq: 3, At: noon.Add(time.Second), Stream: "stderr", Text: "\x1b[31mwörld\t{}\\N"},
	}
	appendTo(t, s, v.ID, want[0])
	appendTo(t, s, v.ID)
	appendTo(t, s, v.ID, want[1:]...)
	for _, c := range []struct {
		after int64
		n     int
		want  []session.LogLine
	}{{0, 100, want}, {0, 2, want[1:]}, {1, 100, want[1:]}, {2, 1, want[2:]}, {3, 9, nil}, {0, 0, nil}, {0, -1, nil}, {-5, 3, want}} {
		got := tail(t, s, v.ID, c.after, c.n)
		if len(got)+len(c.want) > 0 && !cmp.Equal(c.want, got) {
			t.Errorf("after %d, %d lines (-want +got):\n%s", c.after, c.n, cmp.Diff(c.want, got))
		}
	}
	if got := tail(t, s, session.NewID(), 0, 9); len(got) != 0 {
		t.Errorf("the log of nothing has %d lines", len(got))
	}
}

func TestAppendRefusesWhatItCannotKeep(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	if err := s.Append(t.Context(), session.NewID(), lines(0, 1, "")); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("a log of nothing: %v", err)
	}
	v := create(t, s, asked("alice", "lab"))
	if err := s.Append(t.Context(), v.ID, []session.LogLine{{Stream: "stdin"}}); err == nil || errors.Is(err, session.ErrStore) {
		t.Errorf("an unknown stream: %v", err)
	}
}

func TestALogKeepsItsNewestLines(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := create(t, s, asked("alice", "lab"))
	written := 0
	for _, n := range []int{1, sql.MaxLogLines - 2, 1, 1, 1, 7, 500, 3 * sql.MaxLogLines, 1} {
		appendTo(t, s, v.ID, lines(written, n, "")...)
		written += n
		got := tail(t, s, v.ID, 0, 10*sql.MaxLogLines)
		if want := min(written, sql.MaxLogLines); len(got) != want {
			t.Fatalf("%d lines after %d, want %d", len(got), written, want)
		}
		if last := got[len(got)-1].Text; last != fmt.Sprintf("line %d", written-1) {
			t.Fatalf("the newest is %q after %d", last, written)
		}
	}
}

func TestALogKeepsItsNewestBytes(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := create(t, s, asked("alice", "lab"))
	pad := strings.Repeat("x", 3000)
	written := 0
	for _, n := range []int{100, 60, 30, 1, 400, 1} {
		appendTo(t, s, v.ID, lines(written, n, pad)...)
		written += n
		got, bytes := tail(t, s, v.ID, 0, sql.MaxLogLines), 0
		for _, l := range got {
			bytes += len(l.Text)
		}
		room := bytes + len(pad) + 20
		if bytes > sql.MaxLogBytes || (len(got) < written && room < sql.MaxLogBytes) {
			t.Fatalf("%d lines, %d bytes after %d lines", len(got), bytes, written)
		}
		if last := got[len(got)-1].Text; last != fmt.Sprintf("line %d%s", written-1, pad) {
			t.Fatalf("the newest is %.20q", last)
		}
	}
}

func TestALineIsCutAndCleaned(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := create(t, s, asked("alice", "lab"))
	appendTo(t, s, v.ID,
		session.LogLine{Stream: "stdout", Text: "a\x00b\xff\xfec"},
		session.LogLine{Stream: "stdout", Text: strings.Repeat("ü", sql.MaxLine)},
		session.LogLine{Stream: "stdout", Text: strings.Repeat("\x00", sql.MaxLine)})
	got := tail(t, s, v.ID, 0, 9)
	if got[0].Text != "a\uFFFDb\uFFFDc" || got[0].At.IsZero() {
		t.Errorf("%q at %s", got[0].Text, got[0].At)
	}
	if got[1].Text != strings.Repeat("ü", sql.MaxLine/2) {
		t.Errorf("%d bytes left of a long line", len(got[1].Text))
	}
	if len(got[2].Text) > sql.MaxLine || strings.Trim(got[2].Text, "\uFFFD") != "" {
		t.Errorf("%d bytes of zeros", len(got[2].Text))
	}
}

func TestAppendsAtOnceKeepEveryLine(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := create(t, s, asked("alice", "lab"))
	var all errgroup.Group
	for range 20 {
		all.Go(func() error { return s.Append(t.Context(), v.ID, lines(0, 30, "")) })
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	got := tail(t, s, v.ID, 0, 1000)
	for i, l := range got {
		if l.Text != fmt.Sprintf("line %d", i%30) {
			t.Fatalf("line %d is %q", i, l.Text)
		}
	}
	if len(got) != 600 {
		t.Errorf("%d lines", len(got))
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x00b\xff", 3)
	f.Add("üüü", 5)
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = min(max(most, 0), 10_000)
		got := sql.Clean(s, most)
		if len(got) > most || !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("clean(%q, %d) = %q", s, most, got)
		}
		if len(s) <= most && utf8.ValidString(s) && !strings.Contains(s, "\x00") && got != s {
			t.Errorf("clean changed %q to %q", s, got)
		}
		if !strings.HasPrefix(got, sql.Clean(got, most/2)) {
			t.Errorf("cutting changed more than the end of %q", got)
		}
	})
}
