package web

import (
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// mostStreams is how many streams one person may have open: a browser holds one
// per page.
const mostStreams = 32

// crowd counts open streams by person.
type crowd struct {
	mu   sync.Mutex
	open map[string]int
}

func (c *crowd) enter(user string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[user] >= mostStreams {
		return false
	}
	if c.open == nil {
		c.open = map[string]int{}
	}
	c.open[user]++
	return true
}

func (c *crowd) leave(user string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[user]--; c.open[user] <= 0 {
		delete(c.open, user)
	}
}

// crowded wraps the handler of a stream: too many of one person are refused, and
// the page goes on without being live.
func (w *Web) crowded(h func(*gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		caller, _ := login.CallerOf(c.Request.Context())
		if !w.crowd.enter(caller.User.Name) {
			c.Writer.Header().Set("Retry-After", "60")
			http.Error(c.Writer, "too many live pages are open", http.StatusTooManyRequests)
			return nil
		}
		defer w.crowd.leave(caller.User.Name)
		return h(c)
	}
}
