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

	add(http.MethodGet, Base+"/sessions", login.SignedIn, a.sessionsList)
	add(http.MethodPost, Base+"/sessions", login.SignedIn, a.sessionsCreate)
	add(http.MethodGet, Base+"/sessions/:id", login.SignedIn, a.sessionShow)
	add(http.MethodDelete, Base+"/sessions/:id", login.Stoppers, a.sessionDelete)
	add(http.MethodGet, Base+"/sessions/:id/log", login.SignedIn, a.sessionLog)
	add(http.MethodGet, Base+"/sessions/:id/events", login.SignedIn, a.sessionEvents)

	add(http.MethodGet, Base+"/tokens", login.TokenHolders, a.tokensList)
	add(http.MethodPost, Base+"/tokens", login.TokenHolders, a.tokensCreate)
	add(http.MethodDelete, Base+"/tokens/:id", login.TokenHolders, a.tokenDelete)
}
