package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
)

// Announcement is what admins tell people.
type Announcement struct {
	ID       string         `json:"id"`
	Severity admin.Severity `json:"severity"`
	Text     string         `json:"text"`
	Cluster  *string        `json:"cluster"` // null: every cluster
	Queue    *string        `json:"queue"`   // null: every queue
	From     time.Time      `json:"from"`
	Until    *time.Time     `json:"until"` // null: until it is withdrawn
	SetBy    string         `json:"set_by"`
	SetAt    time.Time      `json:"set_at"`
}

// AnnouncementList is the answer to a list of announcements.
type AnnouncementList struct {
	Announcements []Announcement `json:"announcements"`
}

func announcements(all []admin.Announcement) AnnouncementList {
	out := AnnouncementList{Announcements: make([]Announcement, len(all))}
	for i, n := range all {
		out.Announcements[i] = announcement(n)
	}
	return out
}

func announcement(n admin.Announcement) Announcement {
	return Announcement{
		ID: n.ID, Severity: n.Severity, Text: n.Text, Cluster: known(n.Cluster), Queue: known(n.Queue),
		From: *when(n.From), Until: when(n.Until), SetBy: n.SetBy, SetAt: *when(n.SetAt),
	}
}

// announcementsList answers with what is announced now, the loudest first.
func (a *API) announcementsList(c *gin.Context) error {
	return answer(c, http.StatusOK, announcements(a.admin.Announcements.Active(c.Request.Context())))
}

// adminAnnouncementsList answers with what is announced, was, and will be.
func (a *API) adminAnnouncementsList(c *gin.Context) error {
	all, err := a.admin.Announcements.All(c.Request.Context())
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, announcements(all))
}

// adminAnnouncementsCreate announces something.
func (a *API) adminAnnouncementsCreate(c *gin.Context) error {
	who, err := actorOf(c)
	if err != nil {
		return err
	}
	body, err := readObject(c)
	if err != nil {
		return err
	}
	n, err := readAnnouncement(body)
	if err != nil {
		return err
	}
	if n, err = a.admin.Announcements.Add(c.Request.Context(), who, n); err != nil {
		return err
	}
	return answer(c, http.StatusCreated, announcement(n))
}

// adminAnnouncementDelete takes an announcement back.
func (a *API) adminAnnouncementDelete(c *gin.Context) error {
	who, err := actorOf(c)
	if err != nil {
		return err
	}
	if err := a.admin.Announcements.Withdraw(c.Request.Context(), who, c.Param("id")); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}

// readAnnouncement reads the body of an announcement. Its error is a
// *session.Invalid with every fault.
func readAnnouncement(body object) (admin.Announcement, error) {
	var n admin.Announcement
	var severity string
	texts := map[string]*string{"severity": &severity, "text": &n.Text, "cluster": &n.Cluster, "queue": &n.Queue}
	times := map[string]*time.Time{"from": &n.From, "until": &n.Until}
	fields := []string{"severity", "text", "cluster", "queue", "from", "until"}
	bad := &session.Invalid{}
	fault := func(m member, possible, format string, args ...any) {
		bad.Faults = append(bad.Faults, session.Fault{Field: m.Name, Asked: m.short(), Possible: possible, Message: fmt.Sprintf(format, args...)})
	}
	for _, m := range body {
		switch {
		case texts[m.Name] == nil && times[m.Name] == nil:
			fault(m, strings.Join(fields, ", "), "there is no field %q in an announcement", m.Name)
		case m.Kind == isNull:
		case m.Kind != isText:
			fault(m, "", "%s must be text, not %s", m.Name, m.Kind)
		case texts[m.Name] != nil:
			*texts[m.Name] = m.Text
		default:
			at, err := time.Parse(time.RFC3339, m.Text)
			if err != nil {
				fault(m, "a time like 2026-11-23T18:00:00Z", "%s is no time as RFC 3339 writes it", m.Name)
			}
			*times[m.Name] = at
		}
	}
	n.Severity = admin.Severity(severity)
	if len(bad.Faults) > 0 {
		return n, bad
	}
	return n, nil
}
