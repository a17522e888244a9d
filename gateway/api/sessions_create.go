package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// sessionsCreate launches a session. It answers when the scheduler has taken the
// job, so the session is Queued by then, or already further.
func (a *API) sessionsCreate(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	body, err := readObject(c)
	if err != nil {
		return err
	}
	request, err := launchRequest(body)
	if err != nil {
		return err
	}
	s, err := a.sessions.Launch(c.Request.Context(), subjectOf(caller.User), request)
	if err != nil {
		return err
	}
	c.Header("Location", a.public+Base+"/sessions/"+string(s.ID))
	return answer(c, http.StatusCreated, a.session(s))
}
