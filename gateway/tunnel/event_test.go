package tunnel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEventsArriveInOrder(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	n := s.startNode(echo, nil)
	at := time.Now().UTC()
	n.Ready(Ready{At: at, After: 3 * time.Second})
	if got := next[Ready](t, s.authority); !cmp.Equal(got, Ready{At: at, After: 3 * time.Second}) {
		t.Errorf("ready %+v", got)
	}
	n.Log("stdout", "hello <b>&\x1b[31m\x00", at)
	n.Log("stderr", "bad \xff bytes", at)
	n.Exited(Exited{At: at, Signal: 9, Cause: CauseSignal})
	var lines []LogLine
	for len(lines) < 2 {
		lines = append(lines, next[Log](t, s.authority).Lines...)
	}
	want := []LogLine{
		{Stream: "stdout", Text: "hello <b>&\x1b[31m\x00", Time: at},
		{Stream: "stderr", Text: "bad \uFFFD bytes", Time: at},
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Errorf("lines (-want +got):\n%s", d)
	}
	if got := next[Exited](t, s.authority); got.Signal != 9 || got.Cause != CauseSignal {
		t.Errorf("exited %+v", got)
	}
	u := Usage{
		At: at, CPU: 1.5, Memory: 1 << 30, MemoryMax: 1 << 31, Processes: 3, Source: "cgroup2",
		GPUs: []GPUUsage{{Index: "0", UUID: "GPU-1", Name: "A100", Utilization: 50, MemoryUsed: 1, MemoryTotal: 2}},
	}
	n.Usage(u)
	if d := cmp.Diff(u, next[Usage](t, s.authority)); d != "" {
		t.Errorf("usage (-want +got):\n%s", d)
	}
	if err := n.Flush(t.Context()); err != nil {
		t.Error(err)
	}
}

// Output that nobody takes is dropped, counted and said; the app never waits.
func TestOutputNeverBlocks(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	hold := make(chan struct{})
	s.authority.set(func(a *authority) { a.hold = hold })
	n := s.startNode(echo, nil)
	<-n.told
	const total = 100_000
	at := time.Now()
	for i := range total {
		n.Log("stdout", fmt.Sprintf("%d %s", i, strings.Repeat("<", 60)), at)
	}
	n.Exited(Exited{Code: 3})
	close(hold)
	seen, dropped, batches := 0, 0, 0
	last := ""
	for seen+dropped < total {
		l := next[Log](t, s.authority)
		seen, dropped, batches = seen+len(l.Lines), dropped+l.Dropped, batches+1
		if len(l.Lines) > 0 {
			last = l.Lines[len(l.Lines)-1].Text
		}
	}
	if seen+dropped != total || dropped == 0 || seen < 1000 {
		t.Errorf("%d lines seen and %d dropped of %d", seen, dropped, total)
	}
	if !strings.HasPrefix(last, fmt.Sprint(total-1)) {
		t.Errorf("the newest line must survive, not %.20q", last)
	}
	if e := next[Exited](t, s.authority); e.Code != 3 {
		t.Errorf("exited %+v", e)
	}
}

func TestLongLinesAreCut(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	n := s.startNode(echo, nil)
	text := strings.Repeat("ä", 3*MaxLogLine/2)
	n.Log("stdout", text, time.Now())
	got := ""
	for len(got) < len(text) {
		for _, line := range next[Log](t, s.authority).Lines {
			if len(line.Text) > MaxLogLine {
				t.Errorf("a line of %d bytes", len(line.Text))
			}
			got += line.Text
		}
	}
	if got != text {
		t.Error("the text has changed")
	}
}

// A batch of the worst text that JSON knows must still fit into a message.
func TestWorstBatchFits(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	n := s.startNode(echo, nil)
	for range 40 {
		n.Log("stdout", strings.Repeat("\x01", MaxLogLine), time.Now())
	}
	n.Exited(Exited{})
	next[Exited](t, s.authority)
	if _, ok := s.Connected("s1"); !ok {
		t.Error("the link was lost")
	}
	if info := s.List(); len(info) != 1 {
		t.Errorf("%d links", len(info))
	}
}

func TestEventIsOfferedUntilTaken(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *Options) { o.clocks.retry = time.Millisecond })
	n := s.startNode(echo, nil)
	next[Connected](t, s.authority)
	s.authority.set(func(a *authority) { a.failing = errors.New("the database is away") })
	n.Ready(Ready{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := n.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Flush: %v, though nobody has taken it", err)
	}
	s.authority.set(func(a *authority) { a.failing = nil })
	next[Ready](t, s.authority)
	if err := n.Flush(t.Context()); err != nil {
		t.Error(err)
	}
}

// What an agent said last counts, even when it is gone before it is taken.
func TestLastWordsAreKept(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	hold := make(chan struct{})
	s.authority.set(func(a *authority) { a.hold = hold })
	n := s.startNode(echo, nil)
	<-n.told
	n.Exited(Exited{Code: 7})
	eventually(t, "it has been sent", func() bool {
		n.box.mu.Lock()
		defer n.box.mu.Unlock()
		return len(n.box.flight) == 1
	})
	n.end()
	eventually(t, "the link is gone", func() bool { _, ok := s.Connected("s1"); return !ok })
	close(hold)
	if e := next[Exited](t, s.authority); e.Code != 7 {
		t.Errorf("exited %+v", e)
	}
	next[Disconnected](t, s.authority)
}
