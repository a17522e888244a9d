package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
)

const adminAnnouncements = "/admin/announcements"

// adminAnnouncementsPage lists announcements and has the form for a new one.
type adminAnnouncementsPage struct {
	frame
	Said   string
	Banner *banner
	Rows   []announcementRow
	Form   announcementForm
}

type announcementRow struct {
	ID, Text, Scope, By string
	Tone, Severity      string
	Standing            string // "shown now", "not yet", "over"
	From, Until         moment
	Over                bool
}

// announcementForm is what was filled in, and what there is to choose from.
type announcementForm struct {
	Text, Severity, Scope, From, Until string
	Zone                               string
	Scopes                             []option
	Severities                         []option
	Faults                             map[string]string
}

// dateTime is how a form writes a time, in the site's zone.
const dateTime = "2006-01-02T15:04"

func (w *Web) adminAnnouncementsList(c *gin.Context) error {
	return w.renderAnnouncements(c, http.StatusOK, announcementForm{Severity: string(admin.Info)})
}

func (w *Web) renderAnnouncements(c *gin.Context, status int, form announcementForm) error {
	all, err := w.Admin.Announcements.All(c.Request.Context())
	if err != nil {
		return err
	}
	now := w.Now()
	form.Scopes, form.Zone = w.scopes("Everybody"), w.zone()
	form.Severities = []option{{"info", "Information"}, {"warning", "Warning"}, {"danger", "Something is broken"}}
	page := adminAnnouncementsPage{
		frame: w.console(c.Request, "Announcements", adminAnnouncements), Said: said(c), Form: form,
	}
	for _, a := range all {
		row := announcementRow{
			ID: a.ID, Text: plain(a.Text), Scope: scopeWords(a), By: plain(a.SetBy), Tone: severityTones[a.Severity],
			Severity: string(a.Severity), From: clock(a.From, now), Standing: "shown now",
		}
		if !a.Until.IsZero() {
			row.Until = clock(a.Until, now)
		}
		switch {
		case now.Before(a.From):
			row.Standing, row.Tone = "not yet", "off"
		case !a.Active(now):
			row.Standing, row.Tone, row.Over = "over", "off", true
		}
		page.Rows = append(page.Rows, row)
	}
	return w.render(c, status, "admin_announcements_list", &page)
}

// scopes are what a rule or an announcement can be about: everything, a cluster,
// or a partition of one. A value is "cluster/queue"; either may be empty.
func (w *Web) scopes(all string) []option {
	options := []option{{"/", all}}
	board := w.Board.All()
	for _, s := range board {
		if len(board) > 1 {
			options = append(options, option{s.Cluster + "/", "Cluster " + plain(s.Cluster)})
		}
		for _, q := range s.Queues {
			words := "Partition " + plain(q.Name)
			if len(board) > 1 {
				words += " on " + plain(s.Cluster)
			}
			options = append(options, option{s.Cluster + "/" + q.Name, words})
		}
	}
	return options
}

// scopeOf reads such a value; one that is none of the options is everything.
func (w *Web) scopeOf(value string) (cluster, queue string) {
	if value == "/" || oneOf(value, w.scopes("")) != value {
		return "", ""
	}
	for _, s := range w.Board.All() {
		if value == s.Cluster+"/" {
			return s.Cluster, ""
		}
		for _, q := range s.Queues {
			if value == s.Cluster+"/"+q.Name {
				return s.Cluster, q.Name
			}
		}
	}
	return "", ""
}

// timeField reads a time in the site's zone out of a form; the zero time for an
// empty field.
func (w *Web) timeField(form url.Values, name string, faults map[string]string) time.Time {
	text := form.Get(name)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{dateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, w.Sessions.Zone); err == nil && t.Year() >= 2000 && t.Year() < 2200 {
			return t
		}
	}
	faults[name] = "Write it as 2026-12-24 18:00."
	return time.Time{}
}

func (w *Web) adminAnnouncementsCreate(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	values := c.Request.PostForm
	form := announcementForm{
		Text: values.Get("text"), Severity: values.Get("severity"), Scope: values.Get("scope"), From: values.Get("from"),
		Until: values.Get("until"), Faults: map[string]string{},
	}
	cluster, queue := w.scopeOf(form.Scope)
	if cluster == "" && form.Scope != "/" && form.Scope != "" {
		form.Faults["scope"] = "There is no such partition any more."
	}
	a := admin.Announcement{
		Text: form.Text, Severity: admin.Severity(form.Severity), Cluster: cluster, Queue: queue,
		From: w.timeField(values, "from", form.Faults), Until: w.timeField(values, "until", form.Faults),
	}
	if len(form.Faults) > 0 {
		return w.renderAnnouncements(c, http.StatusUnprocessableEntity, form)
	}
	_, err := w.Admin.Announcements.Add(c.Request.Context(), actor(c), a)
	var refused *admin.Invalid
	if errors.As(err, &refused) {
		form.Faults[refused.Field] = refused.Reason
		return w.renderAnnouncements(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	sayAt(c, adminAnnouncements, "announced", 0)
	return nil
}

func (w *Web) adminAnnouncementsWithdraw(c *gin.Context) error {
	if err := w.Admin.Announcements.Withdraw(c.Request.Context(), actor(c), c.Param("id")); err != nil {
		return err
	}
	sayAt(c, adminAnnouncements, "withdrawn", 0)
	return nil
}
