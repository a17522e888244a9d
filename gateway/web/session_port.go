package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// leastPort is the lowest port that is reached: those below belong to the node.
const leastPort = 1024

var errPort = errors.New("a port is a number from 1024 to 65535")

// sessionPort leads to a port of the session's node.
func (w *Web) sessionPort(c *gin.Context) error {
	s, err := w.owned(c)
	if err != nil {
		return err
	}
	port, err := strconv.ParseUint(c.Query("port"), 10, 16)
	if err != nil || port < leastPort {
		return &BadRequest{Err: errPort}
	}
	c.Redirect(http.StatusSeeOther, s.BasePath()+"port/"+strconv.FormatUint(port, 10)+"/")
	return nil
}
