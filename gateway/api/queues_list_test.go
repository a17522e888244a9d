package api_test

import (
	"context"
	"net/http"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/api"
)

func TestQueuesAreWhatTheSchedulersSaidLast(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	open := batchtest.DemoQueues()[1]
	open.GPUs = []batch.GPU{{Total: 8, Free: 3, MostNode: 4, Down: 1}}
	open.MaxTime, open.AllowGroups = 0, []string{"physics"}
	s.scheduler.SetQueues(open)
	if err := s.board.Refresh(context.Background(), "main"); err != nil {
		t.Fatal(err)
	}
	s.scheduler.SetUnavailable(true)
	if err := s.board.Refresh(context.Background(), "main"); err == nil {
		t.Fatal("the scheduler is not down")
	}
	asked := s.scheduler.Calls()
	r := s.get("alice", "/queues")
	r.want(t, http.StatusOK)
	if got := s.scheduler.Calls(); got != asked {
		t.Errorf("the request made the scheduler work: %+v", got)
	}
	at, slurm, hour, seconds := noon, "slurm", "1h", int64(3600)
	want := api.QueueList{
		Clusters: []api.Cluster{{Name: "main", Type: &slurm, At: &at, DownSince: &at}, {Name: "far"}},
		Queues: []api.Queue{{
			Cluster: "main", Name: "gpu", Up: true, State: "UP", DefaultTime: &hour, DefaultTimeSeconds: &seconds,
			Nodes: 2, NodesUp: 2, CPUs: 16, FreeCPUs: 16, NodeCPUs: 8, NodeMemory: 16 << 30, FreeMemory: 16 << 30, TotalMemory: 32 << 30,
			GPUs:          []api.GPU{{Total: 8, Free: 3, MostPerNode: 4, Down: 1}},
			AllowAccounts: []string{}, DenyAccounts: []string{}, AllowQOS: []string{}, DenyQOS: []string{},
			AllowGroups: []string{"physics"},
		}},
	}
	if diff := gocmp.Diff(want, decode[api.QueueList](t, r.body)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	s.get("", "/queues").want(t, http.StatusUnauthorized)
}
