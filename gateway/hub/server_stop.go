package hub

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// serverStop asks for a server's end: 202 while there is no proof of it, 204 when
// it has ended, also long ago.
func (h *Hub) serverStop(c *gin.Context) error {
	caller, user, err := target(c, login.OwnStop, login.StopServers)
	if err != nil {
		return err
	}
	// {"remove": true} forgets the name; here names are forgotten by themselves.
	if _, err := readFields(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	s, err := h.find(ctx, user, c.Param("server"))
	if err != nil {
		return err
	}
	if s.Live() {
		if user == caller.User.Name {
			s, err = h.Sessions.Stop(ctx, s.ID, user, session.StoppedByOwner)
		} else {
			s, err = h.Everyone.Stop(ctx, admin.Actor{Name: caller.User.Name, Address: c.ClientIP()}, s.ID, "")
		}
		if err != nil {
			return err
		}
	}
	if s.Live() {
		return done(c, http.StatusAccepted)
	}
	return done(c, http.StatusNoContent)
}

// serverShow answers with one server.
func (h *Hub) serverShow(c *gin.Context) error {
	_, user, err := target(c, login.OwnRead, login.ReadServers)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	s, err := h.find(ctx, user, c.Param("server"))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, h.server(s, h.used(ctx)))
}
