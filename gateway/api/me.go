package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// Me is who the caller is, and how they proved it.
type Me struct {
	Name        string   `json:"name"`
	DisplayName *string  `json:"display_name"`
	Mail        *string  `json:"mail"`
	Groups      []string `json:"groups"`
	Admin       bool     `json:"admin"`
	Via         string   `json:"via"` // "cookie" or "token"
	// Scopes are what the token may do; a browser inherits all that its person may.
	Scopes []login.Scope `json:"scopes"`
}

// me answers with the caller.
func (a *API) me(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	u, via, scopes := caller.User, "cookie", []login.Scope{login.Inherit}
	if caller.TokenID != "" {
		via, scopes = "token", caller.Scopes
	}
	return answer(c, http.StatusOK, Me{
		Name: u.Name, DisplayName: known(u.DisplayName), Mail: known(u.Mail),
		Groups: list(u.Groups), Admin: u.Admin, Via: via, Scopes: list(scopes),
	})
}
