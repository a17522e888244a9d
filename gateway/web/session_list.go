package web

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// mostEnded is how many ended sessions the list shows.
const mostEnded = 12

// sessionListPage is the list of one's sessions.
type sessionListPage struct {
	frame
	Sessions sessionListing
}

// sessionListing is the part of the list that is kept live.
type sessionListing struct {
	Live, Ended []sessionView
	Notices     []notice
	Free        []freeView // what could be had now, for those who have nothing
}

// notice is a banner that concerns the site or a session, not a request.
type notice struct {
	Tone, Title string
	Since       moment // "Not since ...", before the text
	Text        string
}

// freeView is how much of one kind is free over all partitions.
type freeView struct {
	Kind        string
	Free, Total int
}

func (w *Web) sessionList(c *gin.Context) error {
	listing, _, err := w.listing(c.Request.Context())
	if err != nil {
		return err
	}
	f := w.frame(c.Request, "Sessions", "sessions")
	if len(listing.Live) > 0 {
		f.Reload = 15
	}
	return w.render(c, http.StatusOK, "session_list", &sessionListPage{frame: f, Sessions: listing})
}

// listing reads the caller's sessions, and says which of them live.
func (w *Web) listing(ctx context.Context) (sessionListing, []session.ID, error) {
	caller, _ := login.CallerOf(ctx)
	all, err := w.Sessions.Sessions(ctx, caller.User.Name)
	if err != nil {
		return sessionListing{}, nil, err
	}
	l := sessionListing{Notices: w.schedulerNotices(w.Board.All(), "")}
	var ids []session.ID
	for _, s := range all {
		switch {
		case s.Live():
			l.Live = append(l.Live, w.sessionView(s))
			ids = append(ids, s.ID)
		case len(l.Ended) < mostEnded:
			l.Ended = append(l.Ended, w.sessionView(s))
		}
	}
	if len(l.Live) == 0 {
		l.Free = freeNow(w.places(ctx, subject(ctx)))
	}
	return l, ids, nil
}

// freeNow counts GPUs by type, and CPUs, over the partitions that may be used. A
// node in two partitions is counted in both, so the largest partition of each
// kind speaks for it.
func freeNow(places []placeView) []freeView {
	var kinds []freeView
	note := func(kind string, free, total int) {
		i := slices.IndexFunc(kinds, func(k freeView) bool { return k.Kind == kind })
		switch {
		case i < 0 && total > 0:
			kinds = append(kinds, freeView{kind, free, total})
		case i >= 0 && total > kinds[i].Total:
			kinds[i] = freeView{kind, free, total}
		}
	}
	for _, p := range places {
		for _, q := range p.Partitions {
			for _, g := range q.GPUs {
				if q.Usable {
					note(g.Type, g.Free, g.Total)
				}
			}
		}
	}
	for _, p := range places {
		for _, q := range p.Partitions {
			if q.Usable {
				note("CPUs", q.CPUs.Free, q.CPUs.Total)
			}
		}
	}
	return kinds
}

// schedulerNotices says which schedulers do not answer; of one cluster, or of
// all with "".
func (w *Web) schedulerNotices(board []session.Standing, cluster string) []notice {
	var found []notice
	for _, s := range board {
		if s.DownSince.IsZero() || cluster != "" && s.Cluster != cluster {
			continue
		}
		n := notice{Tone: "warn", Title: "The scheduler does not answer", Since: clock(s.DownSince, w.Now())}
		if len(board) > 1 {
			n.Title = "The scheduler of " + plain(s.Cluster) + " does not answer"
		}
		n.Text = "What runs goes on running and can be opened; nothing new can be started until it is back."
		found = append(found, n)
	}
	return found
}

// sessionListMoved leads to the list: people shorten addresses.
func (w *Web) sessionListMoved(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}
