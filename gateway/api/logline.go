package api

import (
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// LogLine is one line that the session's app or job printed.
type LogLine struct {
	// Seq is the line's number. It rises; where lines were lost or dropped it
	// has gaps.
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Stream string    `json:"stream"` // "stdout", "stderr" or "job"
	Text   string    `json:"text"`   // without its end of line
}

// LogLines is a part of a session's log, oldest line first.
type LogLines struct {
	Lines []LogLine `json:"lines"`
}

func logLine(l session.LogLine) LogLine {
	return LogLine{Seq: l.Seq, At: l.At.UTC().Truncate(time.Millisecond), Stream: l.Stream, Text: l.Text}
}
