package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// Routes hands every route of the pages to add.
func (w *Web) Routes(add func(method, path string, access login.Access, h func(*gin.Context) error)) {
	const get, post = http.MethodGet, http.MethodPost

	add(get, "/", login.SignedIn, w.sessionList)
	add(get, "/sessions", login.SignedIn, w.sessionListMoved)
	add(get, "/sessions/live", login.SignedIn, w.crowded(w.sessionListLive))
	add(get, "/sessions/new", login.SignedIn, w.sessionNew)
	add(get, "/sessions/new/live", login.SignedIn, w.crowded(w.sessionNewLive))
	add(post, "/sessions", login.SignedIn, w.sessionCreate)
	add(post, "/sessions/new", login.SignedIn, w.sessionCreate)
	add(post, "/sessions/plan", login.SignedIn, w.sessionPlan)
	add(get, "/sessions/:id", login.SignedIn, w.sessionShow)
	add(get, "/sessions/:id/live", login.SignedIn, w.crowded(w.sessionLive))
	add(get, "/sessions/:id/log.txt", login.SignedIn, w.sessionLog)
	add(get, "/sessions/:id/port", login.SignedIn, w.sessionPort)
	add(post, "/sessions/:id/stop", login.Stoppers, w.sessionStop)

	add(post, "/presets", login.SignedIn, w.presetSave)
	add(post, "/presets/:id/rename", login.SignedIn, w.presetRename)
	add(post, "/presets/:id/delete", login.SignedIn, w.presetDelete)

	add(post, "/notify", login.SignedIn, w.notifySave)

	add(get, "/tokens", login.TokenHolders, w.tokensList)
	add(post, "/tokens", login.TokenHolders, w.tokensCreate)
	add(post, "/tokens/:id/delete", login.TokenHolders, w.tokensDelete)

	add(get, "/admin", login.Admins, w.adminShow)
	add(get, "/admin/sessions", login.Admins, w.adminSessionsList)
	add(post, "/admin/sessions/stop", login.Admins, w.adminSessionsStop)
	add(get, "/admin/sessions/:id", login.Admins, w.adminSessionShow)
	add(post, "/admin/sessions/:id/open", login.Admins, w.adminSessionOpen)
	add(post, "/admin/sessions/:id/leave", login.Admins, w.adminSessionLeave)
	add(get, "/admin/users", login.Admins, w.adminUsersList)
	add(get, "/admin/users/:user", login.Admins, w.adminUserShow)
	add(post, "/admin/users/:user/signout", login.Admins, w.adminUserChange(userSignOut))
	add(post, "/admin/users/:user/revoke", login.Admins, w.adminUserChange(userRevoke))
	add(post, "/admin/users/:user/stop", login.Admins, w.adminUserChange(userStop))
	add(get, "/admin/groups", login.Admins, w.adminGroupsList)
	add(get, "/admin/limits", login.Admins, w.adminLimitsList)
	add(post, "/admin/limits", login.Admins, w.adminLimitSave)
	add(get, "/admin/limits/new", login.Admins, w.adminLimitNew)
	add(get, "/admin/limits/try", login.Admins, w.adminLimitTry)
	add(get, "/admin/limits/:id", login.Admins, w.adminLimitEdit)
	add(post, "/admin/limits/:id", login.Admins, w.adminLimitSave)
	add(post, "/admin/limits/:id/delete", login.Admins, w.adminLimitDelete)
	add(get, "/admin/maintenance", login.Admins, w.adminMaintenanceList)
	add(post, "/admin/maintenance", login.Admins, w.adminMaintenanceCreate)
	add(post, "/admin/maintenance/:id/delete", login.Admins, w.adminMaintenanceDelete)
	add(get, "/admin/partitions", login.Admins, w.adminPartitionsList)
	add(get, "/admin/health", login.Admins, w.adminHealthShow)
	add(get, "/admin/jobs", login.Admins, w.adminJobsList)
	add(get, "/admin/jobs/:job", login.Admins, w.adminJobShow)
	add(post, "/admin/jobs/:job/run", login.Admins, w.adminJobRun)
	add(get, "/admin/announcements", login.Admins, w.adminAnnouncementsList)
	add(post, "/admin/announcements", login.Admins, w.adminAnnouncementsCreate)
	add(post, "/admin/announcements/:id/withdraw", login.Admins, w.adminAnnouncementsWithdraw)
	add(get, "/admin/audit", login.Admins, w.adminAuditList)
	add(get, "/admin/audit.csv", login.Admins, w.adminAuditCSV)
	add(get, adminUsage, login.Admins, w.usageShow)
	add(get, "/admin/drift", login.Admins, w.driftShow)

	add(get, "/login", login.Anyone, w.loginForm)
	add(post, "/login", login.Anyone, w.loginSubmit)
	add(post, "/logout", login.Anyone, w.logout)

	add(get, "/static/:file", login.Anyone, w.staticShow)
}
