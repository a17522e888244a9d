package usage

import "time"

// Sample is what an agent measured at one moment.
type Sample struct {
	CPU        float64 // CPU seconds used since the attempt's start
	Memory     int64   // bytes in use
	MemoryPeak int64   // most that was seen in use; 0: not known
	MemoryMax  int64   // the job's limit; 0: none known
	Devices    []Device
	Activity   Activity
}

// Device is one GPU of the job.
type Device struct {
	ID          string  `json:"id"` // what its maker calls it
	Name        string  `json:"name"`
	Busy        float64 `json:"busy"` // 0 to 1; -1: not known
	Memory      int64   `json:"memory"`
	MemoryTotal int64   `json:"memory_total"`
}

// Activity is what the app says of itself.
type Activity struct {
	Known   bool
	Busy    int       // kernels that compute now
	LastAt  time.Time // when a kernel was last busy or a terminal last used; zero: not known
	Kernels int       // that there are
}
