package batch

// Resources is what a job asks for, in total over its nodes.
type Resources struct {
	Nodes   int    // 0 is taken as 1
	CPUs    int    // logical CPUs; 0: the queue's default
	Memory  Bytes  // 0: the queue's default
	GPUs    int    // 0: none
	GPUType string // "" with GPUs > 0: any type
}

// Script is a job to be submitted.
type Script struct {
	// Tag is written into the job so that it can be found again. It matches
	// [a-z0-9:.-]+ and is at most 100 bytes long.
	Tag string
	// Body is the shell script, handed over on standard input. It may carry
	// secrets: adapters never put it, or any part of it, into argv, an
	// environment or a log.
	Body []byte

	Queue     string
	Account   string // "" for the owner's default
	QOS       string // "" for the default
	Resources Resources
	TimeLimit Duration
	WorkDir   string // "" for the owner's home
	Native    []string
}
