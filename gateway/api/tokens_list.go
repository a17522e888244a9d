package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// tokensList answers with the caller's API tokens, oldest first.
func (a *API) tokensList(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	own, err := a.logins.ListTokens(c.Request.Context(), caller.User.Name)
	if err != nil {
		return err
	}
	out := TokenList{Tokens: make([]Token, len(own))}
	for i, t := range own {
		out.Tokens[i] = token(t)
	}
	return answer(c, http.StatusOK, out)
}
