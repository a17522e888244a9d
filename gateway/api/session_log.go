package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

// How many lines of a log one answer has.
const (
	defaultTail = 200
	mostTail    = 2000 // no store keeps more
)

// sessionLog answers with the end of what the session's job printed: the newest
// ?tail lines after the one with the number ?after, as JSON or as plain text.
func (a *API) sessionLog(c *gin.Context) error {
	s, err := a.owned(c)
	if err != nil {
		return err
	}
	tail, err := queryNumber(c, "tail", defaultTail, mostTail)
	if err != nil {
		return err
	}
	after, err := queryNumber(c, "after", 0, mostSeq)
	if err != nil {
		return err
	}
	lines, err := a.sessions.Logs.Tail(c.Request.Context(), s.ID, after, int(tail))
	if err != nil {
		return err
	}
	c.Header("Vary", "Accept")
	if prefersText(c.Request.Header) {
		return plainLog(c, lines)
	}
	out := LogLines{Lines: make([]LogLine, len(lines))}
	for i, line := range lines {
		out.Lines[i] = logLine(line)
	}
	return answer(c, http.StatusOK, out)
}

// plainLog writes the text alone. It is an app's own words: no browser may take
// it for anything but text.
func plainLog(c *gin.Context, lines []session.LogLine) error {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.ToValidUTF8(line.Text, "\uFFFD"))
		b.WriteByte('\n')
	}
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(b.String()))
	return nil
}
