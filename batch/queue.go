package batch

// Queue is a place to submit to: a Slurm partition or a PBS queue, with what it
// has and what is free of it now.
type Queue struct {
	Name    string
	Default bool
	Up      bool   // accepts and starts jobs
	State   string // the scheduler's own word
	// GivesWay says that its jobs may lose their nodes to those of another queue:
	// they wait again, or end.
	GivesWay bool

	DefaultTime Duration // 0: none
	MaxTime     Duration // 0: unlimited

	Nodes       int // configured
	NodesUp     int // able to run jobs now
	CPUs        int // total over the nodes that are up
	FreeCPUs    int
	NodeCPUs    int   // most on one node
	NodeMemory  Bytes // most on one node
	FreeMemory  Bytes // most free on one node
	TotalMemory Bytes
	GPUs        []GPU // by type, sorted by name

	// Who may use it; empty means everyone. Denials are honoured by leaving the
	// queue's names out of the allowed lists.
	AllowAccounts, DenyAccounts []string
	AllowQOS, DenyQOS           []string
	AllowGroups                 []string
	// QOS is the class of service whose caps hold for every job of the queue; ""
	// for none.
	QOS string
}

// GPU is one type of GPU in a queue.
type GPU struct {
	Type     string // "" when the scheduler does not tell types apart
	Total    int    // on nodes that are up
	Free     int
	MostNode int // most on one node: no single-node job can have more
	Down     int // on nodes that are down or drained
}

// TotalGPUs is the number of GPUs of every type.
func (q Queue) TotalGPUs() (total, free int) {
	for _, g := range q.GPUs {
		total += g.Total
		free += g.Free
	}
	return total, free
}
