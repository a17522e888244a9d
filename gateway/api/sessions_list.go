package api

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

// sessionsList answers with the caller's sessions, those that live first:
// ?state=live, ended, or all (the default).
func (a *API) sessionsList(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	want := c.DefaultQuery("state", "all")
	if want != "all" && want != "live" && want != "ended" {
		return invalid("state", want, "live, ended, all", "there are live sessions, ended ones, and all")
	}
	own, err := a.sessions.Sessions(c.Request.Context(), caller.User.Name)
	if err != nil {
		return err
	}
	list := SessionList{Sessions: []Session{}}
	for _, s := range own {
		if want == "all" || s.Live() == (want == "live") {
			list.Sessions = append(list.Sessions, a.session(s))
		}
	}
	return answer(c, http.StatusOK, list)
}

// invalid is a request with one fault.
func invalid(field, asked, possible, format string, args ...any) error {
	m := member{Text: asked}
	return &session.Invalid{Faults: []session.Fault{{
		Field: field, Asked: m.short(), Possible: possible, Message: fmt.Sprintf(format, args...),
	}}}
}
