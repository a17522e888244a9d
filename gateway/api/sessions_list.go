package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
)

// sessionsList answers with the caller's sessions, newest first, a page at a
// time.
func (a *API) sessionsList(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	f, err := sessionFilter(c)
	if err != nil {
		return err
	}
	f.Owner = caller.User.Name
	return a.listSessions(c, f)
}

// listSessions answers with the sessions that the filter chooses.
func (a *API) listSessions(c *gin.Context, f admin.SessionFilter) error {
	size := f.Limit
	f.Limit = size + 1
	found, err := a.admin.Sessions.Find(c.Request.Context(), f)
	if err != nil {
		return err
	}
	list := SessionList{Sessions: []Session{}}
	found, list.Next = cut(found, size, markText)
	for _, s := range found {
		list.Sessions = append(list.Sessions, a.session(s))
	}
	return answer(c, http.StatusOK, list)
}

// sessionFilter reads what a list of sessions is asked for, but for the owner.
// Its error is a *session.Invalid.
func sessionFilter(c *gin.Context) (admin.SessionFilter, error) {
	f := admin.SessionFilter{Cluster: c.Query("cluster"), Queue: c.Query("queue"), Node: c.Query("node"), Text: c.Query("q")}
	for _, name := range []string{"cluster", "queue", "node", "q", "owner"} {
		if text := c.Query(name); len(text) > 256 || strings.ContainsRune(text, 0) {
			return f, invalid(name, text, "", "%s is no name", name)
		}
	}
	var err error
	if f.State, err = stateOf(c.DefaultQuery("state", "all")); err != nil {
		return f, err
	}
	if f.After, err = markOf(c); err != nil {
		return f, err
	}
	f.Limit, err = pageSize(c)
	return f, err
}

// stateOf reads a choice of states: one by its name in small letters, or several
// by a word.
func stateOf(text string) (string, error) {
	possible := []string{"all", admin.Live, admin.Waiting, admin.Failed}
	for _, s := range session.States() {
		if name := strings.ToLower(string(s)); name == text {
			return string(s), nil
		} else if s != session.Requested {
			possible = append(possible, name)
		}
	}
	switch {
	case text == "all":
		return admin.AnyState, nil
	case slices.Contains(possible, text):
		return text, nil
	}
	return "", invalid("state", text, strings.Join(possible, ", "), "there are no sessions of the state %q to be chosen", member{Text: text}.short())
}

// invalid is a request with one fault.
func invalid(field, asked, possible, format string, args ...any) error {
	m := member{Text: asked}
	return &session.Invalid{Faults: []session.Fault{{
		Field: field, Asked: m.short(), Possible: possible, Message: fmt.Sprintf(format, args...),
	}}}
}
