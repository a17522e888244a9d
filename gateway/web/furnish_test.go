package web

import (
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// furnish gives alice a session of every kind, and returns them by kind.
func (w *world) furnish() map[string]session.ID {
	now := time.Now()
	back := func(d time.Duration) time.Time { return now.Add(-d) }
	code, oom := 1, 137
	ids := map[string]session.ID{}
	add := func(kind string, s session.Session, evs ...session.Evidence) {
		ids[kind] = w.put(s, evs...).ID
	}
	step := func(at time.Time, src session.Source, from, to session.State, text string) session.Evidence {
		return session.Evidence{At: at, Source: src, Event: session.EvRunning, From: from, To: to, Text: text}
	}
	add("ready", session.Session{
		Name: "protein-folding", App: "lab", Queue: "gpu", Resources: batch.Resources{Nodes: 1, CPUs: 16, Memory: 128 * batch.GiB, GPUs: 2, GPUType: "a100"},
		TimeLimit: batch.Duration(8 * time.Hour), State: session.Ready, JobID: "4815162", JobState: batch.Running, JobNative: "RUNNING", Node: "n017", Account: "bio-42",
		CreatedAt: back(200 * time.Minute), QueuedAt: back(199 * time.Minute), StartedAt: back(186 * time.Minute), ReadyAt: back(185 * time.Minute), AgentSince: back(185 * time.Minute),
	},
		step(back(199*time.Minute), session.FromQueue, session.Requested, session.Queued, "submitted as job 4815162"),
		step(back(186*time.Minute), session.FromQueue, session.Queued, session.Starting, "running on n017"),
		step(back(185*time.Minute), session.FromAgent, session.Starting, session.Starting, "the job called back from n017"),
		step(back(185*time.Minute), session.FromAgent, session.Starting, session.Ready, "the app answers"),
	)
	add("queued", session.Session{
		Name: "llm-finetune", App: "notebook", Queue: "hopper", Resources: batch.Resources{Nodes: 1, CPUs: 64, Memory: 512 * batch.GiB, GPUs: 8, GPUType: "h100"},
		TimeLimit: batch.Duration(24 * time.Hour), State: session.Queued, JobID: "4815170", JobState: batch.Pending, JobNative: "PENDING", JobReason: "Priority",
		CreatedAt: back(47 * time.Minute), QueuedAt: back(47 * time.Minute), EstimatedStart: now.Add(95 * time.Minute),
	}, step(back(47*time.Minute), session.FromQueue, session.Requested, session.Queued, "submitted as job 4815170"))
	add("never", session.Session{
		Name: "too-long", App: "lab", Queue: "interactive", Resources: batch.Resources{Nodes: 1, CPUs: 2, Memory: 4 * batch.GiB},
		TimeLimit: batch.Duration(90 * time.Hour), State: session.Queued, JobID: "4815171", JobState: batch.Pending, JobNative: "PENDING", JobReason: "PartitionTimeLimit",
		CreatedAt: back(3 * time.Minute), QueuedAt: back(3 * time.Minute),
	})
	add("starting", session.Session{
		Name: "terminal", App: "terminal", Queue: "cpu", Resources: batch.Resources{Nodes: 1, CPUs: 2, Memory: 4 * batch.GiB},
		TimeLimit: batch.Duration(time.Hour), State: session.Starting, JobID: "4815172", JobState: batch.Running, JobNative: "RUNNING", Node: "c003",
		CreatedAt: back(40 * time.Second), QueuedAt: back(38 * time.Second), StartedAt: back(9 * time.Second), AgentSince: back(3 * time.Second),
	})
	add("lost-agent", session.Session{
		Name: "a-name-as-long-as-they-may-be-xx", App: "lab", Queue: "interactive", Resources: batch.Resources{Nodes: 1, CPUs: 8, Memory: 32 * batch.GiB, GPUs: 1, GPUType: "l40s"},
		TimeLimit: batch.Duration(4 * time.Hour), State: session.Ready, JobID: "4815099", JobState: batch.Running, JobNative: "RUNNING", Node: "gpu-rack12-node-0042",
		CreatedAt: back(238 * time.Minute), QueuedAt: back(238 * time.Minute), StartedAt: back(237 * time.Minute), ReadyAt: back(236 * time.Minute), AgentLost: back(2 * time.Minute),
	})
	add("moving", session.Session{
		Name: "moving", App: "lab", Queue: "gpu", Resources: batch.Resources{Nodes: 1, CPUs: 8, Memory: 32 * batch.GiB, GPUs: 1, GPUType: "a100"},
		TimeLimit: batch.Duration(time.Hour), State: session.Queued, JobID: "4815200", JobState: batch.Pending, JobNative: "PENDING", JobReason: "Resources",
		CreatedAt: back(5 * time.Second), QueuedAt: back(4 * time.Second),
	})
	end := func(kind, name string, reason session.EndReason, detail string, ran, ago time.Duration, change func(*session.Session)) {
		s := session.Session{
			Name: name, App: "lab", Queue: "gpu", Resources: batch.Resources{Nodes: 1, CPUs: 4, Memory: 8 * batch.GiB, GPUs: 1, GPUType: "a100"},
			TimeLimit: batch.Duration(4 * time.Hour), State: session.Ended, Reason: reason, Detail: detail, JobID: "4814001", Node: "n004",
			CreatedAt: back(ago + ran + time.Minute), QueuedAt: back(ago + ran + time.Minute), StartedAt: back(ago + ran), ReadyAt: back(ago + ran), EndedAt: back(ago),
		}
		if change != nil {
			change(&s)
		}
		add(kind, s, step(back(ago+ran), session.FromQueue, session.Queued, session.Starting, "running on n004"),
			step(back(ago), session.FromAccounting, session.Ready, session.Ended, reason.Text()))
	}
	end("oom", "dataset-prep", session.OutOfMemory, "the job was ended by the kernel for using more than 8 GB", 52*time.Minute, 26*time.Minute, func(s *session.Session) { s.ExitCode, s.Signal = &oom, 9 })
	end("stopped", "scratch", session.StoppedByOwner, "", 3*time.Hour, 5*time.Hour, nil)
	end("refused", "notebook", session.Refused, "rejected by the scheduler: you may not use this account (Invalid account or account/partition combination specified)", 0, 7*time.Hour, func(s *session.Session) {
		s.StartedAt, s.ReadyAt, s.QueuedAt, s.Node, s.JobID = time.Time{}, time.Time{}, time.Time{}, "", ""
	})
	end("timeout", "long-training", session.TimedOut, "", 4*time.Hour, 26*time.Hour, nil)
	end("failed", "lab", session.Failed, "the app ended with exit code 1", 4*time.Second, 50*time.Hour, func(s *session.Session) { s.ExitCode = &code })
	w.print(ids["ready"], previewLog...)
	w.print(ids["oom"], "loading shard 1 of 64", "loading shard 2 of 64", "\x1b[31mMemoryError\x1b[0m: cannot allocate 6.2 GiB", "slurmstepd: error: Detected 1 oom_kill event in StepId=4814001.batch.")
	w.print(ids["starting"], "berth agent 0.1: connected to the gateway", "starting bash")
	return ids
}

var previewLog = []string{
	"berth agent 0.1: job 4815162 on n017, attempt 1",
	"berth agent 0.1: connected to the gateway",
	"[I 2026-01-12 09:14:02.118 ServerApp] jupyterlab | extension was successfully linked.",
	"[I 2026-01-12 09:14:02.331 ServerApp] Serving notebooks from local directory: /home/alice",
	"[I 2026-01-12 09:14:02.331 ServerApp] Jupyter Server 2.14.2 is running at: http+unix://%2Fscratch%2Fberth%2Fsocket/user/alice/protein-folding/lab",
	"\x1b[33m[W 2026-01-12 09:14:02.340 ServerApp]\x1b[0m No web browser found: Browser runnable not found.",
	"[I 2026-01-12 09:15:47.902 ServerApp] Kernel started: 3f6c1c4e-5e07-4b8f-a0de-8d2f2f1d6d0a",
	"[I 2026-01-12 09:15:48.770 ServerApp] Connecting to kernel 3f6c1c4e-5e07-4b8f-a0de-8d2f2f1d6d0a.",
	"[I 2026-01-12 09:17:48.011 ServerApp] Saving file at /folding/Untitled.ipynb",
	"Downloading:  12%\rDownloading:  57%\rDownloading: 100% 2.1 GB at 412 MB/s",
}
