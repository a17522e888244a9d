package limit

import (
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Request is what is asked for.
type Request struct {
	Cluster, Queue, App string
	Resources           batch.Resources
	TimeLimit           batch.Duration
}

// Held is what one live session holds, or has asked for and waits for.
type Held struct {
	Cluster, Queue string
	Waiting        bool // not started yet
	Resources      batch.Resources
	TimeLimit      batch.Duration
	StartedAt      time.Time // zero: not started, or not known
}

// Spent is GPU time, in GPU-seconds, of sessions that have ended, added up.
type Spent struct {
	Cluster, Queue, GPUType string
	Day, Week, Month        int64
}

// Account is what somebody, or several people together, hold and have used.
type Account struct {
	Held  []Held
	Spent []Spent
}

// Usage is what is counted to judge one person's request. The zone of At is the
// site's, whose calendar the periods follow.
type Usage struct {
	At       time.Time
	Own      Account
	Together map[Who]Account
}

// Counting is what has to be counted to judge a request.
type Counting struct {
	Together []Who // for rules that count them together, sorted
	GPUTime  bool  // of sessions that have ended, too
}

// account is what the rule counts.
func (u Usage) account(r Rule) Account {
	if r.Together {
		return u.Together[r.Who]
	}
	return u.Own
}

// ofType reports whether GPUs of that type count for a rule about want. A type
// that is not said may be any.
func ofType(want, is string) bool {
	return want == "" || is == "" || strings.EqualFold(want, is)
}

// have is how much of the field is held, within scope and GPU type.
func (a Account) have(f Field, scope Scope, gpuType string, at time.Time) (sum int64) {
	if !f.Counted() {
		return 0
	}
	for _, h := range a.Held {
		if scope.Covers(h.Cluster, h.Queue) {
			sum += h.have(f, gpuType, at)
		}
	}
	if f.Kind != PerPeriod {
		return sum
	}
	for _, s := range a.Spent {
		if !scope.Covers(s.Cluster, s.Queue) || !ofType(gpuType, s.GPUType) {
			continue
		}
		switch f.Period {
		case Day:
			sum += s.Day
		case Week:
			sum += s.Week
		case Month:
			sum += s.Month
		}
	}
	return sum
}

func (h Held) have(f Field, gpuType string, at time.Time) int64 {
	switch f.Name {
	case Sessions:
		return 1
	case Pending:
		if h.Waiting {
			return 1
		}
		return 0
	case CPUs:
		return int64(h.Resources.CPUs)
	}
	if !ofType(gpuType, h.Resources.GPUType) {
		return 0
	}
	if f.Name == GPUs {
		return int64(h.Resources.GPUs)
	}
	return int64(h.Resources.GPUs) * h.seconds(f.Period, at)
}

// seconds is how long the session has run in the period that holds the time,
// and may still run.
func (h Held) seconds(p Period, at time.Time) int64 {
	if h.StartedAt.IsZero() {
		return whole(h.TimeLimit)
	}
	begin, _ := p.Bounds(at)
	if h.StartedAt.After(begin) {
		begin = h.StartedAt
	}
	end := h.StartedAt.Add(time.Duration(whole(h.TimeLimit)) * time.Second)
	if end.Before(at) {
		end = at
	}
	return ceil(max(end.Sub(begin), 0))
}

// whole is the seconds that a time limit takes: schedulers count full minutes.
func whole(d batch.Duration) int64 {
	return int64((d.Std() + time.Minute - 1) / time.Minute * 60)
}

func ceil(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// want is how much of the field the request asks for.
func (q Request) want(f Field) int64 {
	switch f.Name {
	case Sessions, Pending:
		return 1
	case SessionGPUs, GPUs:
		return int64(q.Resources.GPUs)
	case SessionCPUs, CPUs:
		return int64(q.Resources.CPUs)
	case SessionMemory:
		return int64(q.Resources.Memory)
	case SessionTime:
		return ceil(q.TimeLimit.Std())
	case GPUHoursDay, GPUHoursWeek, GPUHoursMonth:
		return int64(q.Resources.GPUs) * whole(q.TimeLimit)
	}
	return 0
}
