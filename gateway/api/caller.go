package api

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
)

// errNobody means that a route that demands a login was reached without one: a
// fault of the wiring, never of the request.
var errNobody = errors.New("api: nobody is signed in on a route that needs it")

func callerOf(c *gin.Context) (login.Caller, error) {
	caller, ok := login.CallerOf(c.Request.Context())
	if !ok || caller.User.Name == "" {
		return login.Caller{}, errNobody
	}
	return caller, nil
}

func subjectOf(u login.User) limit.Subject {
	return limit.Subject{User: u.Name, Groups: u.Groups, Admin: u.Admin}
}
