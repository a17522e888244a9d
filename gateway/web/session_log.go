package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

const (
	logAll   = 2000 // no store keeps more
	mostFind = 100  // bytes of what is looked for
)

// logShown is the end of the log, or the lines that have a text in them, in
// whatever case.
func (w *Web) logShown(ctx context.Context, id session.ID, find string) (logView, error) {
	find = strings.ToValidUTF8(strings.TrimSpace(find[:min(len(find), mostFind)]), "")
	if find == "" {
		return w.logTail(ctx, id, 0, logLines)
	}
	v, err := w.logTail(ctx, id, 0, logAll)
	if err != nil {
		return v, err
	}
	v.Find, v.Of, v.Skipped = find, len(v.Lines), false
	var found []lineView
	for _, l := range v.Lines {
		if strings.Contains(strings.ToLower(l.Text), strings.ToLower(find)) {
			found = append(found, l)
		}
	}
	v.Lines, v.Found = found, len(found)
	return v, nil
}

// sessionLog is the log as a file. It is an app's own words: no browser may take
// it for anything but text.
func (w *Web) sessionLog(c *gin.Context) error {
	s, err := w.owned(c)
	if err != nil {
		return err
	}
	lines, err := w.Sessions.Logs.Tail(c.Request.Context(), s.ID, 0, logAll)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %s\n", l.At.UTC().Format(time.RFC3339), strings.ToValidUTF8(l.Text, "\uFFFD"))
	}
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=berth-%s.log.txt", s.ID))
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(b.String()))
	return nil
}
