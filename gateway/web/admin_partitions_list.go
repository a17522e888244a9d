package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/batch"
)

const adminPartitions = "/admin/partitions"

// adminPartitionsPage shows every partition as its scheduler describes it.
type adminPartitionsPage struct {
	frame
	Clusters []partitionsOf
}

// partitionsOf is one cluster.
type partitionsOf struct {
	Cluster string
	At      moment
	Never   bool
	Notices []notice
	Rows    []partitionRow
}

type partitionRow struct {
	Name, State, Tone     string
	Default               bool
	NodesUp, Nodes, Away  int
	GPUs                  []gpuView
	FreeCPUs, CPUs        int
	Memory                string // of all nodes
	MaxTime, Who, PerNode string
	Sessions, HeldGPUs    int // of berth
}

func (w *Web) adminPartitionsList(c *gin.Context) error {
	now := w.Now()
	census, err := w.Admin.Sessions.Store.Census(c.Request.Context(), now)
	if err != nil {
		return err
	}
	page := adminPartitionsPage{frame: w.console(c.Request, "Partitions", adminPartitions)}
	page.Reload = 30
	board := w.Board.All()
	for _, s := range board {
		of := partitionsOf{Cluster: plain(s.Cluster), Never: s.At.IsZero(), Notices: w.schedulerNotices(board, s.Cluster)}
		if !of.Never {
			of.At = ago(s.At, now)
		}
		for _, q := range s.Queues {
			row := partitionRowOf(q)
			for _, h := range census.Held {
				if h.Cluster == s.Cluster && h.Queue == q.Name {
					row.Sessions += h.Sessions
					row.HeldGPUs += h.GPUs
				}
			}
			of.Rows = append(of.Rows, row)
		}
		page.Clusters = append(page.Clusters, of)
	}
	return w.render(c, http.StatusOK, "admin_partitions_list", &page)
}

func partitionRowOf(q batch.Queue) partitionRow {
	row := partitionRow{
		Name: plain(q.Name), State: plain(q.State), Tone: "good", Default: q.Default, NodesUp: q.NodesUp, Nodes: q.Nodes,
		Away: max(q.Nodes-q.NodesUp, 0), FreeCPUs: q.FreeCPUs, CPUs: q.CPUs, MaxTime: "no limit",
	}
	switch {
	case !q.Up:
		row.Tone = "bad"
	case q.NodesUp < q.Nodes:
		row.Tone = "warn"
	}
	if q.TotalMemory > 0 {
		row.Memory = q.TotalMemory.Human()
	}
	if q.MaxTime > 0 {
		row.MaxTime = span(q.MaxTime.Std())
	}
	for i, g := range q.AllowGroups {
		if i > 0 {
			row.Who += ", "
		}
		row.Who += plain(g)
	}
	for _, g := range q.GPUs {
		row.GPUs = append(row.GPUs, gpuViewOf(g))
	}
	return row
}
