package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/login"
)

// tokensCreate makes an API token and answers with its secret, this once.
func (a *API) tokensCreate(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	body, err := readObject(c)
	if err != nil {
		return err
	}
	request, err := readTokenRequest(caller.User.Name, body)
	if err != nil {
		return err
	}
	made, secret, err := a.logins.CreateToken(c.Request.Context(), caller, request)
	if bad := (*login.InvalidToken)(nil); errors.As(err, &bad) {
		field, asked, possible := bad.Field, request.Name, ""
		switch field {
		case "ttl":
			field, asked = "expires_in", batch.Duration(request.Life).String()
		case "scopes":
			asked, possible = words(request.Scopes), words(login.AllScopes())
		}
		return invalid(field, asked, possible, "%s", bad.Reason)
	}
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, NewToken{Token: token(made), Secret: secret})
}

// words lists scopes for a person.
func words(scopes []login.Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}
