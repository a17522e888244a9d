package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
)

const adminSessions = "/admin/sessions"

// adminSessionsPage lists sessions of everybody.
type adminSessionsPage struct {
	frame
	Said    string
	Filter  *filterBar
	Rows    []adminSessionRow
	Pager   pager
	Back    string // this page, to come back to
	MayStop bool   // some row can be stopped
}

type adminSessionRow struct {
	sessionView
	Owner string
	Job   string
	When  moment // since when it is as it is
	Until moment
}

var stateOptions = []option{
	{admin.Live, "Live"},
	{admin.Waiting, "Waiting"},
	{string(session.Starting), "Starting"},
	{string(session.Ready), "Ready"},
	{string(session.Stopping), "Stopping"},
	{string(session.Ended), "Ended"},
	{admin.Failed, "Failed"},
	{"all", "All"},
}

func (w *Web) adminSessionsList(c *gin.Context) error {
	query := c.Request.URL.Query()
	page := adminSessionsPage{frame: w.console(c.Request, "Sessions", adminSessions), Said: said(c)}
	page.Filter = newFilter(adminSessions, query, w.sessionFields()...)
	here := query.Get(afterKey)
	f := admin.SessionFilter{
		State: page.Filter.Get("state"), Owner: page.Filter.Get("owner"), Cluster: page.Filter.Get("cluster"),
		Queue: page.Filter.Get("queue"), Node: page.Filter.Get("node"), Text: page.Filter.Get("q"),
		After: markOf(here), Limit: pageRows + 1,
	}
	if f.State == "all" {
		f.State = admin.AnyState
	}
	found, err := w.Admin.Sessions.Find(c.Request.Context(), f)
	if err != nil {
		return err
	}
	found, page.Pager = paged(found, page.Filter, here, func(s session.Session) string { return markText(admin.MarkOf(s)) })
	for _, s := range found {
		row := w.adminSessionRow(s)
		page.MayStop = page.MayStop || row.MayStop
		page.Rows = append(page.Rows, row)
	}
	page.Back = page.Filter.link("", "")
	return w.render(c, http.StatusOK, "admin_sessions_list", &page)
}

func (w *Web) sessionFields() []filterField {
	queues, clusters := []option{{"", "Any"}}, []option{{"", "Any"}}
	seen := map[string]bool{}
	board := w.Board.All()
	for _, s := range board {
		clusters = append(clusters, option{s.Cluster, plain(s.Cluster)})
		for _, q := range s.Queues {
			if !seen[q.Name] {
				seen[q.Name] = true
				queues = append(queues, option{q.Name, plain(q.Name)})
			}
		}
	}
	fields := []filterField{
		{Kind: "search", Name: "q", Label: "Search", Placeholder: "name, user, job, node"},
		{Name: "state", Label: "State", Options: stateOptions},
		{Kind: "text", Name: "owner", Label: "User"},
		{Name: "queue", Label: "Partition", Options: queues},
		{Kind: "text", Name: "node", Label: "Node"},
	}
	if len(board) > 1 {
		fields = append(fields, filterField{Name: "cluster", Label: "Cluster", Options: clusters})
	}
	return fields
}

func (w *Web) adminSessionRow(s session.Session) adminSessionRow {
	now := w.Now()
	row := adminSessionRow{sessionView: w.sessionView(s), Owner: plain(s.Owner), Job: plain(string(s.JobID))}
	since := s.CreatedAt
	for _, t := range []time.Time{s.QueuedAt, s.StartedAt, s.ReadyAt, s.EndedAt} {
		if !t.IsZero() {
			since = t
		}
	}
	row.When = ago(since, now)
	if s.Live() {
		if end := s.Deadline(); !end.IsZero() {
			row.Until = clock(end, now)
		}
	}
	return row
}

// markText is a session's place in the list as a word in an address.
func markText(m admin.SessionMark) string {
	return strconv.FormatInt(m.At.UnixMicro(), 10) + "." + string(m.ID)
}

// markOf reads it; what is no place is the list's beginning.
func markOf(text string) admin.SessionMark {
	at, id, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || n < 0 || n > 1<<52 || !session.ID(id).Valid() {
		return admin.SessionMark{}
	}
	return admin.SessionMark{At: time.UnixMicro(n).UTC(), ID: session.ID(id)}
}
