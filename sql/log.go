package sql

import (
	"context"
	"slices"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// What is kept of one session's log.
const (
	maxLogLines = 2000
	maxLogBytes = 512 << 10
	maxLine     = 4 << 10
)

// Append implements session.Logs. A log keeps its newest 2,000 lines and of
// these at most 512 KiB; a line is cut at 4 KiB. A stream other than "stdout",
// "stderr" and "job" is an error; a session that does not exist is
// session.ErrNotFound. The growth is announced soon afterwards.
func (s *Store) Append(ctx context.Context, id session.ID, lines []session.LogLine) error {
	rows, bytes := newest(lines)
	if len(rows.Lines) == 0 {
		return nil
	}
	rows.SessionID = string(id)
	err := s.tx(ctx, "append to a log", func(ctx context.Context, q *dbsqlc.Queries) error {
		head, err := q.GrowLog(ctx, dbsqlc.GrowLogParams{
			SessionID: string(id), Lines: int64(len(rows.Lines)), Bytes: bytes,
		})
		if broke(err, "session_log_heads_session_id_fkey") {
			return session.ErrNotFound
		}
		if err != nil {
			return err
		}
		for i := range rows.Lines {
			rows.Seqs = append(rows.Seqs, head.LastSeq-int64(len(rows.Lines)-1-i))
		}
		if err := q.AddLines(ctx, rows); err != nil {
			return err
		}
		return trim(ctx, q, string(id), head)
	})
	if err != nil {
		return err
	}
	s.logs.grew(id)
	return nil
}

// newest are the cleaned lines that can be kept at all, in order, and their
// bytes.
func newest(lines []session.LogLine) (rows dbsqlc.AddLinesParams, bytes int64) {
	lines = lines[max(0, len(lines)-maxLogLines):]
	for _, l := range slices.Backward(lines) {
		text := clean(l.Text, maxLine)
		if bytes+int64(len(text)) > maxLogBytes {
			break
		}
		bytes += int64(len(text))
		rows.Lines = append(rows.Lines, text)
		rows.Ats = append(rows.Ats, orNow(l.At))
		rows.Streams = append(rows.Streams, clean(l.Stream, maxLine))
	}
	slices.Reverse(rows.Lines)
	slices.Reverse(rows.Ats)
	slices.Reverse(rows.Streams)
	return rows, bytes
}

// trim removes the oldest lines beyond what a log keeps. Lines are numbered
// without gaps, so the number of the oldest follows from the newest's.
func trim(ctx context.Context, q *dbsqlc.Queries, id string, head dbsqlc.GrowLogRow) error {
	if head.Lines <= maxLogLines && head.Bytes <= maxLogBytes {
		return nil
	}
	upto := head.LastSeq - maxLogLines
	if head.Bytes > maxLogBytes {
		cut, err := q.LogCut(ctx, dbsqlc.LogCutParams{SessionID: id, Most: maxLogBytes})
		if err != nil {
			return err
		}
		upto = max(upto, cut)
	}
	return q.TrimLog(ctx, dbsqlc.TrimLogParams{SessionID: id, Upto: upto})
}

// Tail implements session.Logs. An n below 1 reads nothing. A session that does
// not exist has no lines.
func (s *Store) Tail(ctx context.Context, id session.ID, after int64, n int) ([]session.LogLine, error) {
	if n < 1 {
		return nil, nil
	}
	var rows []dbsqlc.TailRow
	err := s.do(ctx, "read a log", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		rows, err = q.Tail(ctx, dbsqlc.TailParams{SessionID: string(id), After: after, Most: int64(min(n, maxLogLines))})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]session.LogLine, len(rows))
	for i, r := range rows {
		out[i] = session.LogLine{Seq: r.Seq, At: r.At.UTC(), Stream: r.Stream, Text: r.Line}
	}
	slices.Reverse(out)
	return out, nil
}
