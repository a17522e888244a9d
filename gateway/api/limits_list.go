package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// limitsList answers with what limits the caller now, in every queue or in
// those that the query names.
func (a *API) limitsList(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	who := subjectOf(caller.User)
	places, err := a.sessions.Explain(c.Request.Context(), who, c.Query("cluster"), c.Query("queue"))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, LimitsOf(who, places))
}
