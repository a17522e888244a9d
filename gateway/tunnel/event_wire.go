package tunnel

import (
	"fmt"
	"math"
	"strings"
)

// encodeEvent writes what an agent sends. Connected and Disconnected are the
// registry's own and never travel.
func encodeEvent(seq uint64, event Event) ([]byte, error) {
	switch e := event.(type) {
	case Ready:
		return encode(typeReady, seq, e)
	case Log:
		return encode(typeLog, seq, e)
	case Usage:
		return encode(typeUsage, seq, e)
	case Exited:
		return encode(typeExited, seq, e)
	}
	return nil, fmt.Errorf("%T does not travel", event)
}

// decodeEvent reads what an agent sent and cuts it down to the protocol's
// bounds. Event is nil for a type that this version does not know.
func decodeEvent(data []byte) (seq uint64, event Event, err error) {
	m, err := decode(data)
	if err != nil {
		return 0, nil, err
	}
	switch m.Type {
	case typeReady:
		var e Ready
		err = m.body(&e)
		event = e
	case typeLog:
		var e Log
		err = m.body(&e)
		event = boundLog(e, m.Seq)
	case typeUsage:
		var e Usage
		err = m.body(&e)
		event = boundUsage(e)
	case typeExited:
		var e Exited
		err = m.body(&e)
		e.Error, e.Cause = clip(e.Error, MaxText), clip(e.Cause, 64)
		e.Code, e.Signal = bound(e.Code, 255), bound(e.Signal, 128)
		event = e
	default:
		return m.Seq, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	return m.Seq, event, nil
}

func boundLog(e Log, seq uint64) Log {
	e.Seq = seq
	e.Dropped = bound(e.Dropped, math.MaxInt32)
	if len(e.Lines) > MaxLogBatch {
		e.Dropped += len(e.Lines) - MaxLogBatch
		e.Lines = e.Lines[len(e.Lines)-MaxLogBatch:]
	}
	for i := range e.Lines {
		e.Lines[i].Text = clip(e.Lines[i].Text, MaxLogLine)
		e.Lines[i].Stream = clip(e.Lines[i].Stream, 16)
	}
	return e
}

func boundUsage(e Usage) Usage {
	e.CPU = finite(e.CPU)
	e.Memory, e.MemoryTop, e.MemoryMax = max(e.Memory, 0), max(e.MemoryTop, 0), max(e.MemoryMax, 0)
	e.Processes, e.Open = bound(e.Processes, math.MaxInt32), bound(e.Open, math.MaxInt32)
	e.Source = clip(e.Source, 16)
	if a := e.App; a != nil {
		a.Kernels, a.Terminals = bound(a.Kernels, math.MaxInt32), bound(a.Terminals, math.MaxInt32)
		a.Busy = bound(a.Busy, a.Kernels)
	}
	if len(e.GPUs) > MaxGPUs {
		e.GPUs = e.GPUs[:MaxGPUs]
	}
	for i := range e.GPUs {
		g := &e.GPUs[i]
		g.Index, g.UUID, g.Name = clip(g.Index, 64), clip(g.UUID, 128), clip(g.Name, 128)
		g.Utilization = min(max(g.Utilization, -1), 100)
		g.MemoryUsed, g.MemoryTotal = max(g.MemoryUsed, 0), max(g.MemoryTotal, 0)
	}
	return e
}

// bound brings v into 0 to high.
func bound(v, high int) int { return min(max(v, 0), high) }

func finite(f float64) float64 {
	if f < 0 || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0
	}
	return f
}

// clip cuts s to at most limit bytes of valid UTF-8.
func clip(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "")
}
