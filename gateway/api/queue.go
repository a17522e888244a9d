package api

import (
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// QueueList is what can be asked for, as each cluster's scheduler said last.
// Queues is one flat list over all clusters: each queue names its own.
type QueueList struct {
	Clusters []Cluster `json:"clusters"`
	Queues   []Queue   `json:"queues"`
}

// Cluster is one batch system, and how fresh its queues' numbers are.
type Cluster struct {
	Name string  `json:"name"`
	Type *string `json:"type"` // "slurm", "pbs"; null: the site does not say
	// At is when the queues' numbers were true; null: the scheduler has not
	// answered yet, and the cluster has no queues here.
	At *time.Time `json:"at"`
	// DownSince is when the scheduler stopped answering; null: it answers.
	DownSince *time.Time `json:"down_since"`
}

// Queue is a Slurm partition or a PBS queue. Memory is in bytes.
type Queue struct {
	Cluster string `json:"cluster"`
	Name    string `json:"name"`
	Default bool   `json:"default"`
	Up      bool   `json:"up"`    // takes jobs and starts them
	State   string `json:"state"` // the scheduler's own word

	DefaultTime        *string `json:"default_time"` // null: none
	DefaultTimeSeconds *int64  `json:"default_time_seconds"`
	MaxTime            *string `json:"max_time"` // null: unlimited
	MaxTimeSeconds     *int64  `json:"max_time_seconds"`

	Nodes       int   `json:"nodes"`
	NodesUp     int   `json:"nodes_up"`
	CPUs        int   `json:"cpus"`
	FreeCPUs    int   `json:"free_cpus"`
	NodeCPUs    int   `json:"node_cpus"`    // most on one node
	NodeMemory  int64 `json:"node_memory"`  // most on one node
	FreeMemory  int64 `json:"free_memory"`  // most free on one node
	TotalMemory int64 `json:"total_memory"` // over all nodes
	GPUs        []GPU `json:"gpus"`

	// Who may use it; an empty list of the allowed means everybody.
	AllowAccounts []string `json:"allow_accounts"`
	DenyAccounts  []string `json:"deny_accounts"`
	AllowQOS      []string `json:"allow_qos"`
	DenyQOS       []string `json:"deny_qos"`
	AllowGroups   []string `json:"allow_groups"`
}

// GPU is one type of GPU in a queue.
type GPU struct {
	Type        *string `json:"type"` // null: the scheduler does not tell types apart
	Total       int     `json:"total"`
	Free        int     `json:"free"`
	MostPerNode int     `json:"most_per_node"`
	Down        int     `json:"down"` // on nodes that cannot run jobs; not in Total
}

func (a *API) cluster(s session.Standing) Cluster {
	return Cluster{Name: s.Cluster, Type: known(a.types[s.Cluster]), At: when(s.At), DownSince: when(s.DownSince)}
}

func queue(cluster string, q batch.Queue) Queue {
	out := Queue{
		Cluster: cluster, Name: q.Name, Default: q.Default, Up: q.Up, State: q.State,
		Nodes: q.Nodes, NodesUp: q.NodesUp, CPUs: q.CPUs, FreeCPUs: q.FreeCPUs, NodeCPUs: q.NodeCPUs,
		NodeMemory: int64(q.NodeMemory), FreeMemory: int64(q.FreeMemory), TotalMemory: int64(q.TotalMemory),
		GPUs:          make([]GPU, len(q.GPUs)),
		AllowAccounts: list(q.AllowAccounts), DenyAccounts: list(q.DenyAccounts),
		AllowQOS: list(q.AllowQOS), DenyQOS: list(q.DenyQOS), AllowGroups: list(q.AllowGroups),
	}
	out.DefaultTime, out.DefaultTimeSeconds = span(q.DefaultTime)
	out.MaxTime, out.MaxTimeSeconds = span(q.MaxTime)
	for i, g := range q.GPUs {
		out.GPUs[i] = GPU{Type: known(g.Type), Total: g.Total, Free: g.Free, MostPerNode: g.MostNode, Down: g.Down}
	}
	return out
}

// span writes a time limit both ways; 0 is none.
func span(d batch.Duration) (*string, *int64) {
	if d == 0 {
		return nil, nil
	}
	text, seconds := d.String(), int64(d.Std()/time.Second)
	return &text, &seconds
}

// list is never null in an answer.
func list[T ~string](names []T) []T {
	if names == nil {
		return []T{}
	}
	return names
}
