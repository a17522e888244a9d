package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/health"
	"github.com/berth-hpc/berth/gateway/login"
)

// Admin is what the admins' pages call. All of it is needed.
type Admin struct {
	Sessions      *admin.Sessions
	Users         *admin.Users
	Announcements *admin.Announcements
	Limits        admin.Limits
	Maintenance   admin.Maintenance
	Jobs          admin.Jobs
	// Runs lists runs of a job, the newest first, that are older than the one with
	// that id; 0: from the newest on.
	Runs func(ctx context.Context, job string, before int64, most int) ([]cron.Run, error)
	// Facts looks at how the installation is doing.
	Facts func(ctx context.Context) health.Facts
	Audit admin.AuditReader
}

func (a Admin) whole() bool {
	return a.Sessions != nil && a.Users != nil && a.Announcements != nil && a.Audit != nil &&
		a.Limits.Store != nil && a.Maintenance.Store != nil && a.Jobs.Runner != nil && a.Runs != nil && a.Facts != nil
}

// actor is the admin who makes the request.
func actor(c *gin.Context) admin.Actor {
	caller, _ := login.CallerOf(c.Request.Context())
	return admin.Actor{Name: caller.User.Name, Address: c.ClientIP()}
}

// sayings are what pages say after something was done: by a word in their
// address, so that nothing has to be kept and nobody can put words into a page.
var sayings = map[string]func(n int) string{
	"stopped":   func(n int) string { return count(n, "session is", "sessions are") + " being stopped." },
	"signedout": func(n int) string { return "Signed out of " + count(n, "browser", "browsers") + "." },
	"revoked":   func(n int) string { return count(n, "API token was", "API tokens were") + " revoked." },
	"announced": func(int) string { return "Announced. People see it on the next page they open." },
	"withdrawn": func(int) string { return "The announcement was withdrawn." },
	"none":      func(int) string { return "Choose at least one first." },
	"limited":   func(int) string { return "The limit is set. It holds from the next launch on." },
	"unlimited": func(int) string { return "The limit was deleted." },
	"planned": func(int) string {
		return "The maintenance is planned. Within a minute, waiting jobs that would run into it are held."
	},
	"cancelled": func(int) string { return "The maintenance was removed." },
	"asked":     func(int) string { return "Asked for. The gateway that leads runs it within seconds." },
	"left":      func(int) string { return "You cannot open the session any more." },
}

// said is what the page of the request has to say about what was done.
func said(c *gin.Context) string {
	say, ok := sayings[c.Query("said")]
	if !ok {
		return ""
	}
	n, err := strconv.Atoi(c.Query("n"))
	if err != nil || n < 0 || n > 1_000_000 {
		n = 0
	}
	return say(n)
}

// sayAt leads to a page of ours, which then says what was done.
func sayAt(c *gin.Context, page, what string, n int) {
	u, err := url.Parse(login.SafeNext(page))
	if err != nil {
		u = &url.URL{Path: "/admin"}
	}
	q := u.Query()
	q.Set("said", what)
	q.Set("n", strconv.Itoa(n))
	u.RawQuery = q.Encode()
	c.Redirect(http.StatusSeeOther, u.String())
}

// partly is what is said when some of many things could not be done.
func partly(done, all int, err error) error {
	return fmt.Errorf("%d of %d were done: %w", done, all, err)
}
