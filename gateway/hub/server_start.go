package hub

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// serverStart starts a server and waits for it for a while: 201 it is ready, 202
// it is on its way. Without options it is started as it was the last time, or as
// the site's defaults have it.
func (h *Hub) serverStart(c *gin.Context) error {
	caller, user, err := target(c, login.OwnStart, "")
	if err != nil {
		return err
	}
	body, err := readFields(c)
	if err != nil {
		return err
	}
	asked, err := readOptions(body)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(c.Request.Context())
	s, err := h.find(ctx, user, c.Param("server"))
	last := s
	switch {
	case err != nil && !errors.Is(err, login.ErrNotFound):
		return err
	case err == nil && ready(s):
		return refuse(http.StatusBadRequest, "%s is already running", s.Name)
	case err == nil && s.State == session.Stopping:
		return refuse(http.StatusBadRequest, "%s is pending stop", s.Name)
	case err != nil || !s.Live():
		if s, err = h.launch(ctx, caller, c.Param("server"), asked, last); err != nil {
			return err
		}
	}
	if s, err = h.waitStarted(c, caller, s); err != nil {
		return err
	}
	switch {
	case ready(s):
		return done(c, http.StatusCreated)
	case !s.Live():
		return refuse(http.StatusInternalServerError, "%s did not start: %s. %s", s.Name, s.Reason.Text(), s.Detail)
	}
	return done(c, http.StatusAccepted)
}

// launch asks for the session of a server. last is the one before, if there was
// one.
func (h *Hub) launch(ctx context.Context, caller login.Caller, server string, asked session.Request, last session.Session) (session.Session, error) {
	request := asked
	if request == nil {
		request = again(last)
	}
	request["name"] = h.sessionName(server)
	if request["app"] == "" && slices.ContainsFunc(h.Sessions.Facts().Apps, func(a session.App) bool { return a.ID == server }) {
		request["app"] = server // a server that is named as an app is one
	}
	who := limit.Subject{User: caller.User.Name, Groups: caller.User.Groups, Admin: caller.User.Admin}
	s, err := h.Sessions.Launch(ctx, who, request)
	if errors.Is(err, session.ErrNameTaken) { // by a request beside this one
		return h.find(ctx, caller.User.Name, server)
	}
	return s, err
}

// again is the request that a session was launched with; none for no session.
func again(s session.Session) session.Request {
	r := session.Request{}
	if s.ID == "" {
		return r
	}
	for name, value := range options(s) {
		switch v := value.(type) {
		case string:
			r[name] = v
		case int:
			r[name] = strconv.Itoa(v)
		case int64:
			r[name] = strconv.FormatInt(v, 10)
		}
	}
	if r["gpus"] == "0" {
		delete(r, "gpus")
	}
	return r
}

// readOptions reads what a server is to be started with: {"user_options": {...}},
// or the options themselves; nil for none. They are the fields of a launch
// request.
func readOptions(body fields) (session.Request, error) {
	if _, ok := body["user_options"]; ok {
		var inner fields
		if _, err := body.into("user_options", &inner, "an object"); err != nil {
			return nil, err
		}
		body = inner
	}
	delete(body, "display_name")
	if len(body) == 0 {
		return nil, nil
	}
	r := session.Request{}
	for name, raw := range body {
		text, err := optionText(raw)
		if err != nil || name == "name" {
			return nil, refuse(http.StatusBadRequest, "The option %q cannot be read", name)
		}
		if text != "" {
			r[name] = text
		}
	}
	return r, nil
}

// optionText is an option as text: a string, a number, or a list of one of them,
// as JupyterHub's forms send them.
func optionText(raw json.RawMessage) (string, error) {
	var text string
	var number json.Number
	var list []json.RawMessage
	switch {
	case string(raw) == "null":
		return "", nil
	case json.Unmarshal(raw, &text) == nil:
		return text, nil
	case json.Unmarshal(raw, &number) == nil:
		return number.String(), nil
	case json.Unmarshal(raw, &list) == nil && len(list) == 1 && len(list[0]) > 0 && list[0][0] != '[':
		return optionText(list[0])
	}
	return "", errors.New("neither text nor a number")
}
