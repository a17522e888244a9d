package web

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// placeView is one cluster with its partitions, as the form offers them.
type placeView struct {
	Cluster    string
	Partitions []partitionView
	At         moment // of the numbers
	Never      bool   // the scheduler has not answered once
}

// partitionView is one partition: what it has, and what is free of it now.
type partitionView struct {
	Cluster, Name string
	Value         string // of the form's field "queue"
	Default       bool
	Usable        bool
	Closed        string // why it is not usable, in a word or two; "" if it is
	Why           string // the same in a sentence
	Note          string

	GPUs    []gpuView
	CPUs    meterView
	Nodes   string
	PerNode string // "8 CPUs, 16 GB"
	MaxTime string
	Limits  partitionLimits
	// Allowances are what somebody may ask for there.
	Allowances []allowanceView
}

// gpuView is one type of GPU, and a picture of it: a cell for every GPU, or a
// bar where there are too many.
type gpuView struct {
	Type                    string
	Total, Free, Busy, Down int
	Most                    int
	Cells                   []cellView
	Bar                     meterView
}

// cellView is one GPU in the picture.
type cellView struct {
	X, Y   int
	Status string // "free", "busy", "down"
}

// meterView is a share of a whole.
type meterView struct{ Free, Total, Percent int }

// partitionLimits is what the form's script follows.
type partitionLimits struct {
	Name    string     `json:"name"`
	CPUs    int        `json:"cpus"`    // most on one node; 0: not known
	Memory  int64      `json:"memory"`  // bytes, likewise
	MaxTime int64      `json:"maxTime"` // seconds; 0: unlimited
	DefTime int64      `json:"defTime"`
	GPUs    []gpuLimit `json:"gpus"`
	// What the person may ask for there, on top of what there is.
	Caps    map[string]capView `json:"caps"`
	Budgets []budgetView       `json:"budgets"`
	Apps    []string           `json:"apps"` // null: all
}

type gpuLimit struct {
	Type  string `json:"type"`
	Most  int    `json:"most"`
	Free  int    `json:"free"`
	Total int    `json:"total"`
}

const (
	mostCells   = 64 // a picture of more GPUs than this is a bar
	cellsPerRow = 16
	cellPitch   = 14
)

// key names the partition's live part.
func (p partitionView) key() string { return hashed(p.Cluster + "\x00" + p.Limits.Name) }

// key names the cluster's live part.
func (p placeView) key() string { return hashed(p.Cluster) }

// hashed is for foreign names that have to be a part of an attribute.
func hashed(name string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return fmt.Sprintf("%x", h.Sum64())
}

// Rows is the height of the picture in rows of cells.
func (g gpuView) Rows() int { return (len(g.Cells) + cellsPerRow - 1) / cellsPerRow }

// Width and Height are the picture's size.
func (g gpuView) Width() int { return min(len(g.Cells), cellsPerRow)*cellPitch - 4 }

// Height is the picture's height.
func (g gpuView) Height() int { return g.Rows()*cellPitch - 4 }

// places describes every cluster to somebody, with what limits them there. If
// the limits cannot be read, it is as if there were none: a launch is refused
// then, and says why.
func (w *Web) places(ctx context.Context, who limit.Subject) []placeView {
	board := w.Board.All()
	limits := map[limit.Scope]limit.Explanation{}
	if all, err := w.Sessions.Explain(ctx, who, "", ""); err == nil {
		for _, x := range all {
			limits[limit.Scope{Cluster: x.Cluster, Queue: x.Queue}] = x
		}
	}
	var all []placeView
	for _, s := range board {
		p := placeView{Cluster: plain(s.Cluster), Never: s.At.IsZero()}
		if !s.At.IsZero() {
			p.At = clock(s.At, w.Now())
		}
		for _, q := range s.Queues {
			p.Partitions = append(p.Partitions, w.partitionView(s.Cluster, q, limits[limit.Scope{Cluster: s.Cluster, Queue: q.Name}], len(board) > 1))
		}
		all = append(all, p)
	}
	return all
}

func (w *Web) partitionView(cluster string, q batch.Queue, limits limit.Explanation, several bool) partitionView {
	v := partitionView{
		Cluster: cluster, Name: plain(q.Name), Value: q.Name, Default: q.Default, Usable: q.Up,
		Nodes: fmt.Sprintf("%d of %d", q.NodesUp, q.Nodes),
		CPUs:  meterOf(q.FreeCPUs, q.CPUs),
		Limits: partitionLimits{
			Name: q.Name, CPUs: q.NodeCPUs, Memory: int64(q.NodeMemory),
			MaxTime: int64(q.MaxTime.Std().Seconds()), DefTime: int64(q.DefaultTime.Std().Seconds()), GPUs: []gpuLimit{},
		},
	}
	if several {
		v.Value = cluster + "/" + q.Name
	}
	if q.MaxTime > 0 {
		v.MaxTime = span(q.MaxTime.Std())
	}
	v.PerNode = strings.Join(resources(batch.Resources{CPUs: q.NodeCPUs, Memory: q.NodeMemory}), ", ")
	for _, g := range q.GPUs {
		v.GPUs = append(v.GPUs, gpuViewOf(g))
		v.Limits.GPUs = append(v.Limits.GPUs, gpuLimit{g.Type, g.MostNode, g.Free, g.Total})
	}
	if !q.Up {
		v.Closed, v.Why = "closed", "Takes no jobs now ("+plain(q.State)+")"
	}
	if len(q.AllowGroups) > 0 {
		v.Note = "Only for " + plain(strings.Join(q.AllowGroups, ", "))
	}
	if q.GivesWay {
		if v.Note != "" {
			v.Note += ". "
		}
		v.Note += "Gives way to other partitions: your job may be interrupted and have to wait again"
	}
	types := make([]string, len(q.GPUs))
	for i, g := range q.GPUs {
		types[i] = g.Type
	}
	v.Limits.Caps, v.Limits.Budgets, v.Limits.Apps = capsOf(limits, types), budgetsOf(limits, types), appsOf(limits)
	v.Allowances = allowancesOf(limits)
	if denied := limits.Closed(); denied != nil {
		v.Usable, v.Closed, v.Why = false, "no access", sentence(plain(denied.Error()))
	}
	return v
}

func gpuViewOf(g batch.GPU) gpuView {
	v := gpuView{
		Type: plain(g.Type), Total: g.Total, Free: g.Free, Busy: max(g.Total-g.Free, 0), Down: g.Down,
		Most: g.MostNode, Bar: meterOf(g.Free, g.Total),
	}
	if v.Type == "" {
		v.Type = "GPU"
	}
	if n := v.Free + v.Busy + v.Down; n <= mostCells {
		for i := range n {
			status := "busy"
			switch {
			case i >= v.Busy+v.Free:
				status = "down"
			case i >= v.Busy:
				status = "free"
			}
			v.Cells = append(v.Cells, cellView{i % cellsPerRow * cellPitch, i / cellsPerRow * cellPitch, status})
		}
	}
	return v
}

func meterOf(free, total int) meterView {
	m := meterView{Free: free, Total: total}
	if total > 0 {
		m.Percent = min(max(100*free/total, 0), 100)
	}
	return m
}

// splitQueue undoes what Value does where there are several clusters.
func splitQueue(board []session.Standing, value string) (cluster, queue string, ok bool) {
	for _, s := range board {
		if rest, found := strings.CutPrefix(value, s.Cluster+"/"); found {
			return s.Cluster, rest, true
		}
	}
	return "", value, false
}
