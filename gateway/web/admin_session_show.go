package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
)

// adminSessionPage is one session as an admin sees it: all that the owner sees,
// but the log and the app only with a reason that the owner is told.
type adminSessionPage struct {
	frame
	Said    string
	Session sessionDetail
	Owner   string
	Grants  []grantView // who may open it now
	Mine    *grantView  // the caller's own
	Log     logView     // with a permission
	Open    string      // where the app is; with a permission, while it is ready
	MayAsk  bool        // it is somebody else's and lives
	Groups  []string
}

// grantView is a permission to open another person's session.
type grantView struct {
	Admin, Reason string
	Until         moment
}

func (w *Web) adminSessionShow(c *gin.Context) error {
	ctx := c.Request.Context()
	s, err := w.Admin.Sessions.Get(ctx, session.ID(c.Param("id")))
	if err != nil {
		return err
	}
	me := actor(c)
	page := adminSessionPage{
		frame: w.console(c.Request, s.Name+" of "+s.Owner, adminSessions), Said: said(c), Owner: plain(s.Owner),
		MayAsk: s.Live() && s.Owner != me.Name,
	}
	for _, g := range s.OwnerGroups {
		page.Groups = append(page.Groups, plain(g))
	}
	grants, err := w.Admin.Sessions.OpenGrants(ctx, s.ID)
	if err != nil {
		return err
	}
	page.Grants = grantViews(grants, w.Now())
	for i, g := range grants {
		if g.Admin == me.Name && page.Mine == nil {
			page.Mine = &page.Grants[i]
		}
	}
	may := page.Mine != nil || s.Owner == me.Name
	if page.Session, err = w.sessionDetail(ctx, s, may); err != nil {
		return err
	}
	if s.Owner != me.Name {
		page.Session.Timeline = toldOf(page.Owner, page.Session.Timeline)
	}
	page.Session.Notices = nil // those of grants are for the owner
	if s.Live() {
		page.Session.Notices = append(w.queueNotices(ctx, s.Cluster, s.Queue), w.sessionNotices(s, w.Now())...)
	}
	if !may {
		return w.render(c, http.StatusOK, "admin_session_show", &page)
	}
	if s.State == session.Ready {
		page.Open = w.openURL(s)
	}
	if page.Log, err = w.logTail(ctx, s.ID, 0, logLines); err != nil {
		return err
	}
	return w.render(c, http.StatusOK, "admin_session_show", &page)
}

func grantViews(grants []admin.Grant, now time.Time) []grantView {
	views := make([]grantView, len(grants))
	for i, g := range grants {
		views[i] = grantView{plain(g.Admin), plain(g.Reason), clock(g.Until, now)}
	}
	return views
}

// grantNotices tell a session's owner which admins may open it, and why.
func (w *Web) grantNotices(ctx context.Context, s session.Session) ([]notice, error) {
	grants, err := w.Admin.Sessions.OpenGrants(ctx, s.ID)
	var found []notice
	for _, g := range grants {
		found = append(found, notice{
			Tone: "busy", Title: "An admin may open this session",
			Text: plain(g.Admin) + ", until " + clock(g.Until, w.Now()).Text + ": " + plain(g.Reason),
		})
	}
	return found, err
}

// adminSessionOpen asks why an admin wants to open a session, and lets them in
// when they have said it.
func (w *Web) adminSessionOpen(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	ctx, form := c.Request.Context(), c.Request.PostForm
	s, err := w.Admin.Sessions.Get(ctx, session.ID(c.Param("id")))
	if err != nil {
		return err
	}
	here := adminSessions + "/" + string(s.ID)
	page := confirmPage{
		Heading: "Open “" + plain(s.Name) + "” of " + plain(s.Owner) + "?", Back: here,
		Lines: []string{
			"You can then open the app and read its log for " + span(admin.GrantSpan) + ". " + plain(s.Owner) +
				" sees on the session’s page that you may, and why. It is in the audit log.",
			"Open it only if you trust what runs there: as long as sessions share the gateway’s host name, a page in this notebook can act as you.",
		},
		Do: "Open it", Reason: &reasonField{Label: "Why", Value: form.Get("reason"), Hint: "For example: asked for help in ticket 4711."},
	}
	if confirmed(form) {
		_, err := w.Admin.Sessions.Open(ctx, actor(c), s.ID, form.Get("reason"))
		var refused *admin.Invalid
		switch {
		case err == nil:
			c.Redirect(http.StatusSeeOther, here)
			return nil
		case !errors.As(err, &refused):
			return err
		case refused.Field == "reason":
			page.Reason.Fault = refused.Reason
		default:
			page.Banner = &banner{Tone: "bad", Title: "It cannot be opened", Lines: []bannerLine{{Text: refused.Reason}}}
		}
	}
	return w.confirm(c, adminSessions, form, page)
}

// adminSessionLeave gives the permission back.
func (w *Web) adminSessionLeave(c *gin.Context) error {
	id := session.ID(c.Param("id"))
	if err := w.Admin.Sessions.Leave(c.Request.Context(), actor(c), id); err != nil {
		return err
	}
	sayAt(c, adminSessions+"/"+string(id), "left", 0)
	return nil
}

// toldOf is the timeline for somebody else than the owner: who is not "you".
func toldOf(owner string, timeline []eventView) []eventView {
	for i := range timeline {
		if timeline[i].Source == ownerWord {
			timeline[i].Source = owner
		}
	}
	return timeline
}
