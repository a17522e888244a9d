package api

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
)

// AuditEntry is a line of the audit log.
type AuditEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Action  string    `json:"action"`
	Target  *string   `json:"target"`
	Detail  *string   `json:"detail"`
	Address *string   `json:"address"` // where the request came from
}

// AuditLog is a page of the audit log, newest entry first.
type AuditLog struct {
	Entries []AuditEntry `json:"entries"`
	Next    *string      `json:"next"` // ?after of the next page; null: this is the last
}

// adminAuditList answers with entries of the audit log, newest first, a page at a
// time.
func (a *API) adminAuditList(c *gin.Context) error {
	f := admin.AuditFilter{By: c.Query("by"), Action: c.Query("action"), Target: c.Query("target")}
	for _, name := range []string{"by", "action", "target"} {
		if text := c.Query(name); len(text) > 256 || strings.ContainsRune(text, 0) {
			return invalid(name, text, "", "%s is no name", name)
		}
	}
	size, err := pageSize(c)
	if err != nil {
		return err
	}
	if c.Query("after") != "" {
		if f.Before, err = queryNumber(c, "after", 0, math.MaxInt64); err != nil {
			return err
		}
	}
	for name, at := range map[string]*time.Time{"since": &f.Since, "until": &f.Until} {
		if *at, err = queryTime(c, name); err != nil {
			return err
		}
	}
	f.Limit = size + 1
	found, err := a.admin.Audit.AuditLog(c.Request.Context(), f)
	if err != nil {
		return err
	}
	out := AuditLog{Entries: []AuditEntry{}}
	found, out.Next = cut(found, size, func(e admin.Entry) string { return strconv.FormatInt(e.ID, 10) })
	for _, e := range found {
		out.Entries = append(out.Entries, AuditEntry{
			ID: e.ID, At: *when(e.At), By: e.By, Action: e.Action,
			Target: known(e.Target), Detail: known(e.Detail), Address: known(e.Address),
		})
	}
	return answer(c, http.StatusOK, out)
}

// queryTime reads a time out of the query; the zero time when there is none. Its
// error is a *session.Invalid.
func queryTime(c *gin.Context, name string) (time.Time, error) {
	text := c.Query(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, invalid(name, text, "a time like 2026-11-23T18:00:00Z", "%s is no time as RFC 3339 writes it", name)
	}
	return at, nil
}
