package web

import (
	"time"

	"github.com/gin-gonic/gin"
)

// sessionNewLive streams what is free in each partition, whenever the board has
// news. What has been filled in is not touched.
func (w *Web) sessionNewLive(c *gin.Context) error {
	ctx := c.Request.Context()
	out, err := w.openStream(c)
	if err != nil {
		return nil
	}
	look := time.NewTicker(w.pace.board)
	defer look.Stop()
	beat := time.NewTicker(w.pace.beat)
	defer beat.Stop()
	age := time.NewTimer(w.pace.age)
	defer age.Stop()
	t := w.pages["session_new"]
	for {
		form := w.launchForm(ctx, nil, false)
		if out.replace(t, "session_new.notices", form) != nil {
			return nil
		}
		for _, place := range form.Places {
			if out.replace(t, "session_new.asof", place) != nil {
				return nil
			}
			for _, p := range place.Partitions {
				if out.replace(t, "session_new.partition", p) != nil || out.replace(t, "session_new.allowance", p) != nil {
					return nil
				}
			}
		}
		select {
		case <-look.C:
		case <-beat.C:
			if out.beat() != nil {
				return nil
			}
		case <-age.C:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}
