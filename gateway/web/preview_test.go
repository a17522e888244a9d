package web

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

var preview = flag.String("preview", "", "serve pages with made-up sessions at this loopback address until the test times out")

// TestPreview serves the pages for people who work on how they look:
//
//	go test ./gateway/web -run TestPreview -preview 127.0.0.1:8077 -timeout 2h
//
// The header X-As chooses who is signed in: alice has sessions, bob has none.
// One session moves on by itself; /preview/down stops the scheduler, and
// /preview/down?up=1 starts it again.
func TestPreview(t *testing.T) {
	if *preview == "" {
		t.Skip("only with -preview")
	}
	w := newWorld(t, used, shelved, func(_ *session.Options, c *Config) { c.Mail = &wishes{who: map[string]bool{}} })
	w.store.SetLimits(limit.Set{Rules: []limit.Rule{{
		ID: "staffonlystaffon", Scope: limit.Scope{Queue: "reserved"}, Who: limit.Who{Kind: limit.Everyone},
		Field: limit.Use, Note: "staff only", SetBy: "carol",
	}}})
	w.web.pace = pace{15 * time.Second, 200 * time.Millisecond, 2 * time.Second, 10 * time.Minute, 5 * time.Second, 30 * time.Second}
	w.sched.SetQueues(previewQueues()...)
	if err := w.board.Refresh(t.Context(), "nova"); err != nil {
		t.Fatal(err)
	}
	ids := w.furnish()
	for name, id := range ids {
		fmt.Printf("%s http://%s/sessions/%s\n", name, *preview, id)
	}
	go w.play(t.Context(), ids["moving"])
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", *preview)
	if err != nil {
		t.Fatal(err)
	}
	h := http.NewServeMux()
	h.HandleFunc("/preview/down", func(wr http.ResponseWriter, r *http.Request) {
		w.sched.SetUnavailable(r.URL.Query().Get("up") == "")
		_ = w.board.Refresh(r.Context(), "nova")
		wr.WriteHeader(http.StatusNoContent)
	})
	h.Handle("/", w.http)
	h.HandleFunc("/user/", func(wr http.ResponseWriter, r *http.Request) {
		s, err := w.store.Get(r.Context(), ids["starting"])
		if err == nil {
			w.web.SessionProblem(wr, r, s, "req-5f2k9")
		}
	})
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	t.Error(server.Serve(l))
}

func previewQueues() []batch.Queue {
	q := func(name string, nodes, nodeCPUs, free int, mem batch.Bytes, gpus ...batch.GPU) batch.Queue {
		return batch.Queue{
			Name: name, Up: true, State: "UP", GPUs: gpus, DefaultTime: batch.Duration(time.Hour),
			MaxTime: batch.Duration(48 * time.Hour), Nodes: nodes, NodesUp: nodes, CPUs: nodes * nodeCPUs, FreeCPUs: free,
			NodeCPUs: nodeCPUs, NodeMemory: mem, FreeMemory: mem / 2, TotalMemory: batch.Bytes(nodes) * mem,
		}
	}
	cpu := q("cpu", 24, 64, 911, 256*batch.GiB)
	cpu.Default = true
	mixed := q("interactive", 6, 48, 130, 192*batch.GiB, batch.GPU{Type: "l40s", Total: 12, Free: 7, MostNode: 2},
		batch.GPU{Type: "v100", Total: 16, Free: 3, MostNode: 4, Down: 4})
	mixed.MaxTime = batch.Duration(8 * time.Hour)
	down := q("maintenance", 4, 32, 0, 128*batch.GiB, batch.GPU{Type: "a40", Total: 0, Free: 0, MostNode: 4, Down: 16})
	down.Up, down.State, down.NodesUp = false, "DRAIN", 0
	return []batch.Queue{
		cpu, q("gpu", 12, 96, 402, 1024*batch.GiB, batch.GPU{Type: "a100", Total: 48, Free: 11, MostNode: 4}),
		mixed, q("hopper", 40, 128, 1800, 2048*batch.GiB, batch.GPU{Type: "h100", Total: 320, Free: 74, MostNode: 8}),
		down, q("reserved", 2, 96, 96, 512*batch.GiB, batch.GPU{Type: "h200", Total: 16, Free: 16, MostNode: 8}),
	}
}

// play lets a session go through its life again and again.
func (w *world) play(ctx context.Context, id session.ID) {
	for n := 1; ; n++ {
		pause(ctx.Done(), 1500*time.Millisecond)
		s, err := w.store.Get(ctx, id)
		if err != nil || ctx.Err() != nil {
			return
		}
		w.print(id, fmt.Sprintf("epoch %d loss %.4f", n, 3.0/float64(n+1)))
		before, now := s.State, time.Now()
		switch {
		case n%4 != 0:
			continue
		case s.State == session.Queued:
			s.State, s.StartedAt, s.Node = session.Starting, now, "n017"
		case s.State == session.Starting:
			s.State, s.ReadyAt = session.Ready, now
		case s.State == session.Ready && n%20 == 0:
			s.State, s.StartedAt, s.ReadyAt, s.Node = session.Queued, time.Time{}, time.Time{}, ""
		default:
			continue
		}
		ev := session.Evidence{At: now, Source: session.FromQueue, Event: session.EvRunning, From: before, To: s.State, Text: "it moves"}
		if _, err := w.store.Change(ctx, s, ev); err != nil {
			return
		}
	}
}
