package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

// sessionShow answers with one of the caller's sessions.
func (a *API) sessionShow(c *gin.Context) error {
	s, err := a.owned(c)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, a.session(s))
}

// owned is the session that the path names, if it is the caller's.
func (a *API) owned(c *gin.Context) (session.Session, error) {
	caller, err := callerOf(c)
	if err != nil {
		return session.Session{}, err
	}
	return a.sessions.Owned(c.Request.Context(), caller.User.Name, session.ID(c.Param("id")))
}
