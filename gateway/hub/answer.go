package hub

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// answer writes v as JSON.
func answer(c *gin.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	head(c)
	c.Data(status, "application/json", body)
	return nil
}

// done answers with a status alone.
func done(c *gin.Context, status int) error {
	head(c)
	c.Header("Content-Type", "text/plain")
	c.Status(status)
	c.Writer.WriteHeaderNow()
	return nil
}

func head(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Header("X-JupyterHub-Version", Version)
}

// when is a time as JupyterHub writes it; nil for the zero time.
func when(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05.000000Z")
	return &text
}

// maxBody bounds a request's body, in bytes.
const maxBody = 16 << 10

// fields are a request's body: a JSON object, or none.
type fields map[string]json.RawMessage

// readFields reads the body. Its errors are *Refusal and *http.MaxBytesError.
func readFields(c *gin.Context) (fields, error) {
	if c.Request.Body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return nil, err
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "The body ended before it was complete")
	}
	return parseFields(data)
}

func parseFields(data []byte) (fields, error) {
	if strings.TrimSpace(string(data)) == "" {
		return nil, nil
	}
	var f fields
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, refuse(http.StatusBadRequest, "Invalid JSON in body of request: it has to be an object")
	}
	return f, nil
}

// into reads one member, if it is there and not null, and reports whether it was.
func (f fields) into(name string, v any, kind string) (bool, error) {
	raw, ok := f[name]
	if !ok || string(raw) == "null" {
		return false, nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return false, refuse(http.StatusBadRequest, "%s must be %s", name, kind)
	}
	return true, nil
}

// errNobody means that a route that demands a login was reached without one.
var errNobody = errors.New("hub: nobody is signed in on a route that needs it")

func callerOf(c *gin.Context) (login.Caller, error) {
	caller, ok := login.CallerOf(c.Request.Context())
	if !ok || caller.User.Name == "" {
		return login.Caller{}, errNobody
	}
	return caller, nil
}

// target is whom a path is about. Who may not do this to them is told that there
// is nobody of that name.
func target(c *gin.Context, own, all login.Scope) (login.Caller, string, error) {
	caller, err := callerOf(c)
	if err != nil {
		return caller, "", err
	}
	user := c.Param("user")
	if len(user) > 256 || strings.ContainsRune(user, 0) || !caller.MayOf(user, own, all) {
		return caller, "", login.ErrNotFound
	}
	return caller, user, nil
}
