package api

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

// sessionEvents streams what happens to a session, as Server-Sent Events, until
// it has ended:
//
//	event: state   data: the session, first as it is and then at every change
//	event: log     data: a line of its log; id: the line's number
//	event: end     data: why it ended; nothing comes after this
//
// A client that comes back with Last-Event-ID gets the lines after that one.
func (a *API) sessionEvents(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	leave, err := a.streams.enter(caller.User.Name)
	if err != nil {
		return err
	}
	defer leave()
	after, err := resumeAfter(c)
	if err != nil {
		return err
	}
	f := &follower{api: a, owner: caller.User.Name, id: session.ID(c.Param("id")), after: after}
	// Subscribe before the first look: no change can fall in between.
	changed, unsubscribe := a.hub.Subscribe(f.id)
	defer unsubscribe()
	ctx := c.Request.Context()
	if err := f.look(ctx); err != nil {
		return err
	}
	// From here on the answer has begun. Whatever ends it, nobody is left to tell.
	if f.out, err = startEvents(c.Writer); err == nil {
		f.follow(ctx, changed)
	}
	return nil
}

// resumeAfter is the number of the last line that the client has: by the header
// that browsers send when they come back, or else by ?after.
func resumeAfter(c *gin.Context) (int64, error) {
	if n, err := strconv.ParseInt(c.GetHeader("Last-Event-ID"), 10, 64); err == nil && n >= 0 {
		return n, nil
	}
	return queryNumber(c, "after", 0, mostSeq)
}
