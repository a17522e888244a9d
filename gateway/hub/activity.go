package hub

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// activity takes a server's word for when it was used last. It is checked and
// then let be: what is used is measured by the agent, which a program in the
// session cannot talk into anything.
func (h *Hub) activity(c *gin.Context) error {
	_, user, err := target(c, login.OwnActivity, "")
	if err != nil {
		return err
	}
	body, err := readFields(c)
	if err != nil {
		return err
	}
	names, err := readActivity(body, h.Now())
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := h.find(c.Request.Context(), user, name); err != nil {
			return refuse(http.StatusBadRequest, "No such server %q for user %s", name, user)
		}
	}
	return done(c, http.StatusOK)
}

// mostReported bounds how many servers one report names.
const mostReported = 64

// readActivity checks a report and returns the servers that it names.
func readActivity(body fields, now time.Time) (names []string, err error) {
	var at string
	given, err := body.into("last_activity", &at, "a time")
	if err != nil {
		return nil, err
	}
	servers := map[string]struct {
		At json.RawMessage `json:"last_activity"`
	}{}
	if _, err := body.into("servers", &servers, "an object of the form {server_name: {last_activity: timestamp}}"); err != nil {
		return nil, err
	}
	if !given && len(servers) == 0 || len(servers) > mostReported {
		return nil, refuse(http.StatusBadRequest, "body must contain at least one of `last_activity` or `servers`")
	}
	if given {
		if err := checkTime(at, now); err != nil {
			return nil, err
		}
	}
	for name, report := range servers {
		var text string
		if json.Unmarshal(report.At, &text) != nil {
			return nil, refuse(http.StatusBadRequest, "servers must be an object of the form {server_name: {last_activity: timestamp}}")
		}
		if err := checkTime(text, now); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// checkTime reads a time as JupyterHub's clients write it: with a zone, or in UTC
// without one.
func checkTime(text string, now time.Time) error {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05.999999999", text)
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "Not a valid timestamp")
	}
	if at.Sub(now) > 59*time.Minute {
		return refuse(http.StatusBadRequest, "Rejecting activity from more than an hour in the future")
	}
	return nil
}
