package usage

import (
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// From these on a minute counts as busy, on average. An idle notebook server
// takes less than a hundredth of a CPU.
const (
	BusyCPUs = 0.1  // CPUs
	BusyGPUs = 0.01 // devices
)

// Minute is what a session used in about a minute: one row.
type Minute struct {
	Session    session.ID
	Attempt    int
	At         time.Time     // its end
	Span       time.Duration // of it that was measured
	CPUs       float64       // busy on average
	Memory     int64         // most at once
	MemoryPeak int64
	MemoryMax  int64
	Devices    []Device  // averages
	Kernels    int       // most that were busy at once; -1: not known
	KernelAt   time.Time // when one was last busy; zero: not known or never
}

// Seen is how many devices were measured, and Busy how many of them computed,
// on average.
func (m Minute) gpus() (seen int, busy float64) {
	for _, d := range m.Devices {
		if d.Busy >= 0 {
			seen++
			busy += d.Busy
		}
	}
	return seen, busy
}

// GPUsSeen is how many devices were measured.
func (m Minute) GPUsSeen() int { seen, _ := m.gpus(); return seen }

// GPUsBusy is how many of them computed, on average.
func (m Minute) GPUsBusy() float64 { _, busy := m.gpus(); return busy }

// Summary is what is known of one session's use until now.
type Summary struct {
	Session   session.ID
	Attempt   int
	SampledAt time.Time // last minute measured; zero: never. Older than some minutes: not known now

	CPUs       float64 // busy in that minute
	Memory     int64
	MemoryPeak int64 // of the attempt
	MemoryMax  int64 // the job's limit; 0: none known
	Devices    []Device
	Kernels    int // busy in that minute; -1: not known

	CPUSeconds float64 // of all attempts
	GPUSeconds float64

	// When it was last busy; zero: never, or not known.
	CPUAt, GPUAt, KernelAt time.Time
	// OpenAt is when a request came or a connection was open at a gateway;
	// zero: never.
	OpenAt time.Time
}

// BusyAt is the latest sign of use: a connection, a kernel, CPUs or GPUs.
func (s Summary) BusyAt() time.Time {
	latest := s.OpenAt
	for _, at := range []time.Time{s.CPUAt, s.GPUAt, s.KernelAt} {
		if at.After(latest) {
			latest = at
		}
	}
	return latest
}
