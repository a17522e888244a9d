package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

// adminSessionsList answers with sessions of everybody, newest first, a page at
// a time.
func (a *API) adminSessionsList(c *gin.Context) error {
	f, err := sessionFilter(c)
	if err != nil {
		return err
	}
	f.Owner = c.Query("owner")
	return a.listSessions(c, f)
}

// adminSessionShow answers with one session, whosever it is.
func (a *API) adminSessionShow(c *gin.Context) error {
	s, err := a.admin.Sessions.Get(c.Request.Context(), session.ID(c.Param("id")))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, a.session(s))
}

// adminSessionDelete asks for anybody's session's end. The reason is shown to its
// owner.
func (a *API) adminSessionDelete(c *gin.Context) error {
	who, err := actorOf(c)
	if err != nil {
		return err
	}
	s, err := a.admin.Sessions.Stop(c.Request.Context(), who, session.ID(c.Param("id")), c.Query("reason"))
	if err != nil {
		return err
	}
	status := http.StatusAccepted
	if !s.Live() {
		status = http.StatusOK
	}
	return answer(c, status, a.session(s))
}
