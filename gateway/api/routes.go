package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// Routes names every route of the API: its method, its path in gin's notation,
// who may use it, and its handler.
func (a *API) Routes(add func(method, path string, access login.Access, h func(*gin.Context) error)) {
	add(http.MethodGet, Base+"/openapi.json", login.Anyone, a.openapi)

	add(http.MethodGet, Base+"/me", login.Known, a.me)
	add(http.MethodGet, Base+"/queues", login.SignedIn, a.queuesList)

	add(http.MethodGet, Base+"/limits", login.SignedIn, a.limitsList)

	add(http.MethodGet, Base+"/apps", login.SignedIn, a.appsList)
	add(http.MethodGet, Base+"/announcements", login.SignedIn, a.announcementsList)

	add(http.MethodGet, Base+"/sessions", login.SignedIn, a.sessionsList)
	add(http.MethodPost, Base+"/sessions", login.SignedIn, a.sessionsCreate)
	add(http.MethodGet, Base+"/sessions/:id", login.SignedIn, a.sessionShow)
	add(http.MethodDelete, Base+"/sessions/:id", login.Stoppers, a.sessionDelete)
	add(http.MethodGet, Base+"/sessions/:id/log", login.SignedIn, a.sessionLog)
	add(http.MethodGet, Base+"/sessions/:id/events", login.SignedIn, a.sessionEvents)

	add(http.MethodGet, Base+"/presets", login.SignedIn, a.presetsList)
	add(http.MethodPost, Base+"/presets", login.SignedIn, a.presetsCreate)
	add(http.MethodDelete, Base+"/presets/:id", login.SignedIn, a.presetDelete)

	add(http.MethodGet, Base+"/usage", login.SignedIn, a.usageShow)
	add(http.MethodGet, Base+"/admin/usage", login.Admins, a.adminUsageShow)

	add(http.MethodGet, Base+"/tokens", login.TokenHolders, a.tokensList)
	add(http.MethodPost, Base+"/tokens", login.TokenHolders, a.tokensCreate)
	add(http.MethodDelete, Base+"/tokens/:id", login.TokenHolders, a.tokenDelete)

	const admin = Base + "/admin"
	add(http.MethodGet, admin+"/sessions", login.SessionAdmins, a.adminSessionsList)
	add(http.MethodGet, admin+"/sessions/:id", login.SessionAdmins, a.adminSessionShow)
	add(http.MethodDelete, admin+"/sessions/:id", login.SessionAdmins, a.adminSessionDelete)
	add(http.MethodGet, admin+"/announcements", login.Admins, a.adminAnnouncementsList)
	add(http.MethodPost, admin+"/announcements", login.Admins, a.adminAnnouncementsCreate)
	add(http.MethodDelete, admin+"/announcements/:id", login.Admins, a.adminAnnouncementDelete)
	add(http.MethodGet, admin+"/audit", login.Admins, a.adminAuditList)
}
