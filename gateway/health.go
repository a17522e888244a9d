package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// healthz says that the process lives.
func (g *Gateway) healthz(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// readyz says whether requests should be sent here: the database answers, some
// cluster has told its queues, and the gateway is not on its way out.
func (g *Gateway) readyz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	checks := gin.H{"database": "ok", "clusters": "ok"}
	status := http.StatusOK
	if g.draining.Load() {
		checks["gateway"], status = "stopping", http.StatusServiceUnavailable
	}
	if err := g.Ping(ctx); err != nil {
		checks["database"], status = "does not answer", http.StatusServiceUnavailable
	}
	known := false
	for _, s := range g.Board.All() {
		known = known || !s.At.IsZero()
		if !s.DownSince.IsZero() {
			checks["clusters"] = s.Cluster + " does not answer" // degraded, but of use
		}
	}
	if !known {
		checks["clusters"], status = "none has answered yet", http.StatusServiceUnavailable
	}
	c.JSON(status, checks)
}
