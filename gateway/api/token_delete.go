package api

import (
	"net/http"
	"regexp"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// tokenID is what the id of a token can look like. Nothing else is looked up:
// a path may carry bytes that a database refuses.
var tokenID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// tokenDelete deletes one of the caller's API tokens; it may be the one that
// the request came with.
func (a *API) tokenDelete(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if !tokenID.MatchString(id) {
		return login.ErrNotFound
	}
	if err := a.logins.DeleteToken(c.Request.Context(), caller.User.Name, id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}
