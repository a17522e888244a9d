package hub

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// Routes names every route: its method, its path in gin's notation, who may use
// it, and its handler.
func (h *Hub) Routes(add func(method, path string, access login.Access, handle func(*gin.Context) error)) {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete

	add(get, Base, login.Anyone, h.root)
	add(get, Base+"/", login.Anyone, h.root)
	add(get, Base+"/info", login.HubReaders, h.info)
	add(get, Base+"/user", login.Known, h.self)

	const users, user = Base + "/users", Base + "/users/:user"
	add(get, users, login.UserListers, h.usersList)
	add(get, user, login.UserReaders, h.userShow)
	add(post, user+"/activity", login.Reporters, h.activity)
	for _, server := range []string{user + "/server", user + "/servers/:server"} {
		add(get, server, login.ServerUsers, h.serverShow)
		add(post, server, login.ServerUsers, h.serverStart)
		add(del, server, login.ServerUsers, h.serverStop)
		add(get, server+"/progress", login.ServerUsers, h.serverProgress)
	}
	add(get, user+"/tokens", login.TokenHolders, h.tokensList)
	add(post, user+"/tokens", login.Passwords, h.tokensCreate)
	add(get, user+"/tokens/:id", login.TokenHolders, h.tokenShow)
	add(del, user+"/tokens/:id", login.TokenHolders, h.tokenDelete)
	add(post, Base+"/authorizations/token", login.Passwords, h.authorize)

	add(get, Base+"/groups", login.GroupReaders, h.groupsList)
	add(get, Base+"/groups/:group", login.GroupReaders, h.groupShow)

	people := absent("People and groups are kept in the site's directory.")
	add(post, users, login.Admins, people)
	add(post, user, login.Admins, people)
	add(patch, user, login.Admins, people)
	add(del, user, login.Admins, people)
	add(post, Base+"/groups/:group", login.Admins, people)
	add(del, Base+"/groups/:group", login.Admins, people)
	add(post, Base+"/groups/:group/users", login.Admins, people)
	add(del, Base+"/groups/:group/users", login.Admins, people)
	add(put, Base+"/groups/:group/properties", login.Admins, people)

	names := absent("A server's name and options are those that it is started with: POST them.")
	add(put, user+"/servers/:server", login.ServerUsers, names)
	add(patch, user+"/servers/:server", login.ServerUsers, names)

	add(get, Base+"/authorizations/token/:token", login.Known, absent("A token in an address ends in logs. Send it in the header Authorization to "+Base+"/user."))
	shares := absent("An admin can open somebody's session on the page of that session, under /admin/sessions.")
	add(get, user+"/shared", login.Known, shares)
	add(get, Base+"/shares/:user", login.Known, shares)
	add(get, Base+"/services", login.Admins, absent("There are no services here; cron jobs are under /admin."))
	add(get, Base+"/proxy", login.Admins, absent("Routes are the sessions themselves: GET /api/v1/admin/sessions."))
	add(post, Base+"/proxy", login.Admins, absent("Routes are the sessions themselves and need no check."))
	add(post, Base+"/shutdown", login.Admins, absent("The service manager of the gateway's machine ends it."))

	h.pages(add)
}
