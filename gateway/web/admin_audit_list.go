package web

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
)

const adminAudit = "/admin/audit"

// adminAuditPage is the audit log.
type adminAuditPage struct {
	frame
	Filter   *filterBar
	Rows     []auditRow
	Pager    pager
	Download string
}

type auditRow struct {
	When                                moment
	By, Action, Target, Detail, Address string
	Link                                string // the target's page; "" for none
}

func (w *Web) auditFields() []filterField {
	return []filterField{
		{Kind: "text", Name: "by", Label: "Who"},
		{Kind: "text", Name: "action", Label: "Action", List: &suggestions{"action", auditActions}},
		{Kind: "text", Name: "target", Label: "What or whom"},
		{Kind: "date", Name: "from", Label: "From (" + w.zone() + ")"},
		{Kind: "date", Name: "to", Label: "To"},
	}
}

// auditActions are offered in the filter; others exist too.
var auditActions = []string{
	"announcement.add", "announcement.withdraw", "cron.run", "limit.delete", "limit.set", "maintenance.add",
	"maintenance.delete", "session.leave", "session.open", "session.stop", "user.revoke", "user.signout",
}

// auditFilter reads what was chosen. Days are whole ones, in the site's zone.
func (w *Web) auditFilter(b *filterBar) admin.AuditFilter {
	f := admin.AuditFilter{By: b.Get("by"), Action: b.Get("action"), Target: b.Get("target")}
	if day, err := time.ParseInLocation(time.DateOnly, b.Get("from"), w.Sessions.Zone); err == nil {
		f.Since = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, b.Get("to"), w.Sessions.Zone); err == nil {
		f.Until = day.AddDate(0, 0, 1)
	}
	return f
}

func (w *Web) adminAuditList(c *gin.Context) error {
	query := c.Request.URL.Query()
	page := adminAuditPage{frame: w.console(c.Request, "Audit log", adminAudit)}
	page.Filter = newFilter(adminAudit, query, w.auditFields()...)
	f := w.auditFilter(page.Filter)
	f.Limit = pageRows + 1
	if n, err := strconv.ParseInt(query.Get(afterKey), 10, 64); err == nil && n > 0 {
		f.Before = n
	}
	entries, err := w.Admin.Audit.AuditLog(c.Request.Context(), f)
	if err != nil {
		return err
	}
	entries, page.Pager = paged(entries, page.Filter, query.Get(afterKey), func(e admin.Entry) string { return strconv.FormatInt(e.ID, 10) })
	now := w.Now()
	for _, e := range entries {
		row := auditRow{clock(e.At, now), plain(e.By), plain(e.Action), plain(e.Target), plain(e.Detail), plain(e.Address), ""}
		switch noun, _, _ := strings.Cut(e.Action, "."); noun {
		case "session", "reconcile":
			row.Link = adminSessions + "/" + url.PathEscape(e.Target)
		case "user":
			row.Link = adminUsers + "/" + url.PathEscape(e.Target)
		}
		if e.Target == "" {
			row.Link = ""
		}
		page.Rows = append(page.Rows, row)
	}
	page.Download = (&filterBar{Action: adminAudit + ".csv", values: page.Filter.values}).link("", "")
	return w.render(c, http.StatusOK, "admin_audit_list", &page)
}

// mostCSV bounds a download, in rows; csvRows is how many are asked for at once.
const (
	mostCSV = 200_000
	csvRows = 1000
)

// adminAuditCSV sends what the filter chooses as a table, while it is read.
func (w *Web) adminAuditCSV(c *gin.Context) error {
	filter := newFilter(adminAudit, c.Request.URL.Query(), w.auditFields()...)
	f := w.auditFilter(filter)
	f.Limit = csvRows
	entries, err := w.Admin.Audit.AuditLog(c.Request.Context(), f)
	if err != nil {
		return err // nothing is written yet: it gets a page of its own
	}
	h := c.Writer.Header()
	pageHeaders(h)
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="berth-audit-`+w.Now().UTC().Format(time.DateOnly)+`.csv"`)
	out := csv.NewWriter(c.Writer)
	_ = out.Write([]string{"id", "time", "who", "action", "target", "detail", "address"})
	for n := 0; len(entries) > 0 && n < mostCSV; {
		for _, e := range entries {
			_ = out.Write([]string{
				strconv.FormatInt(e.ID, 10), e.At.UTC().Format(time.RFC3339), cell(e.By), cell(e.Action), cell(e.Target), cell(e.Detail), cell(e.Address),
			})
		}
		out.Flush()
		if out.Error() != nil {
			return nil //nolint:nilerr // the reader has gone away
		}
		n += len(entries)
		f.Before = entries[len(entries)-1].ID
		if len(entries) < csvRows {
			return nil
		}
		if entries, err = w.Admin.Audit.AuditLog(c.Request.Context(), f); err != nil {
			w.Log.WarnContext(c.Request.Context(), "a download of the audit log was cut", "rows", n, "err", err)
			panic(http.ErrAbortHandler) // so that it does not look whole
		}
	}
	return nil
}

// cell is a text as a cell of a table: spreadsheets take what begins with one of
// these for a formula ("CSV Injection", OWASP), so it gets a quote in front.
func cell(text string) string {
	text = plain(text)
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
