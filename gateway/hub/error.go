package hub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/api"
)

// Refusal is an answer that is this API's own, with a status of JupyterHub's.
type Refusal struct {
	Status  int
	Message string
}

func (e *Refusal) Error() string { return e.Message }

func refuse(status int, format string, args ...any) error {
	return &Refusal{status, fmt.Sprintf(format, args...)}
}

// IsPath reports whether the path is one of the API's, whose errors have its
// shape.
func IsPath(path string) bool { return path == Base || strings.HasPrefix(path, Base+"/") }

// WriteProblem answers with a problem in JupyterHub's shape and with the status
// that JupyterHub has for it.
func WriteProblem(w http.ResponseWriter, p api.Problem) {
	switch p.Status {
	case http.StatusUnauthorized:
		p.Status, p.Title, p.Detail = http.StatusForbidden, "Missing or invalid credentials.", ""
	case http.StatusUnprocessableEntity, http.StatusConflict:
		p.Status = http.StatusBadRequest
	}
	message := p.Title
	if p.Detail != "" {
		message += ": " + p.Detail
	}
	if message == "" {
		message = http.StatusText(p.Status)
	}
	body, err := json.Marshal(struct {
		Status    int    `json:"status"`
		Message   string `json:"message"`
		RequestID string `json:"request_id,omitempty"`
	}{p.Status, message, p.RequestID})
	if err != nil { // cannot happen
		body = []byte(`{"status":500,"message":"Internal Server Error"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-JupyterHub-Version", Version)
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // whoever asked is gone
}

// absent answers for what there is not at this site, and says where to look.
func absent(instead string) func(*gin.Context) error {
	return func(*gin.Context) error {
		return refuse(http.StatusNotImplemented, "berth does not have this part of JupyterHub's API. %s", instead)
	}
}
