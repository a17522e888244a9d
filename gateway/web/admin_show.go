package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
)

const adminOverview = "/admin"

// adminPage is the console's first page: how things stand.
type adminPage struct {
	frame
	Findings []findingView // the worst ones
	Worse    int           // and how many more
	Stats    []tallyView
	Held     []heldView
	Ends     []dayEnd
	Today    moment // since when ends are counted
	Gateways []gatewayView
	Clusters []clusterView
	Led      bool
}

// tallyView is one number, with where it leads.
type tallyView struct {
	Number int
	Words  string
	Href   string
	Bad    bool
}

// heldView is what one partition has of one type of GPU, and who holds it.
type heldView struct {
	Partition, Cluster, Type  string
	Sessions, Held            int // of berth
	Total, Free, Others, Down int
	GPU                       *gpuView
}

type dayEnd struct {
	Words, Tone string
	Number      int
}

// mostFindings is how many findings the first page shows.
const mostFindings = 3

func (w *Web) adminShow(c *gin.Context) error {
	ctx, now := c.Request.Context(), w.Now()
	year, month, day := now.In(w.Sessions.Zone).Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, w.Sessions.Zone)
	census, err := w.Admin.Sessions.Store.Census(ctx, midnight)
	if err != nil {
		return err
	}
	facts := w.Admin.Facts(ctx)
	page := adminPage{frame: w.console(c.Request, "Overview", adminOverview), Today: clock(midnight, now)}
	page.Reload = 30
	page.Findings = findingViews(facts)
	if len(page.Findings) > mostFindings {
		page.Worse = len(page.Findings) - mostFindings
		page.Findings = page.Findings[:mostFindings]
	}
	page.Gateways, page.Led = w.gatewayViews(facts)
	page.Clusters = w.clusterViews(facts)
	page.Stats = stats(census)
	page.Held = w.heldViews(census)
	page.Ends = dayEnds(census)
	return w.render(c, http.StatusOK, "admin_show", &page)
}

func stats(c admin.Census) []tallyView {
	live, gpus, failed := 0, 0, 0
	for _, n := range c.States {
		live += n
	}
	for _, h := range c.Held {
		gpus += h.GPUs
	}
	for _, reason := range admin.FailedReasons() {
		failed += c.Ended[reason]
	}
	at := func(state string) string { return adminSessions + "?state=" + state }
	return []tallyView{
		{live, "live sessions", adminSessions, false},
		{c.States[session.Ready], "ready", at(string(session.Ready)), false},
		{c.States[session.Starting], "starting", at(string(session.Starting)), false},
		{c.States[session.Requested] + c.States[session.Queued], "waiting", at(admin.Waiting), false},
		{c.States[session.Stopping], "stopping", at(string(session.Stopping)), false},
		{c.People, "people with sessions", adminUsers, false},
		{gpus, "GPUs held", adminPartitions, false},
		{failed, "failed today", at(admin.Failed), failed > 0},
	}
}

// heldViews are the GPUs of every partition, as the scheduler counts them, with
// what berth's sessions hold of them.
func (w *Web) heldViews(c admin.Census) []heldView {
	var views []heldView
	board := w.Board.All()
	for _, s := range board {
		for _, q := range s.Queues {
			for _, g := range q.GPUs {
				gpu := gpuViewOf(g)
				v := heldView{Partition: plain(q.Name), Type: gpu.Type, Total: g.Total, Free: g.Free, Down: g.Down, GPU: &gpu}
				if len(board) > 1 {
					v.Cluster = plain(s.Cluster)
				}
				for _, h := range c.Held {
					if h.Cluster == s.Cluster && h.Queue == q.Name && (h.GPUType == g.Type || h.GPUType == "" && len(q.GPUs) == 1) && h.GPUs > 0 {
						v.Sessions += h.Sessions
						v.Held += h.GPUs
					}
				}
				v.Others = max(g.Total-g.Free-v.Held, 0)
				views = append(views, v)
			}
		}
	}
	return views
}

// dayEnds are today's ends by reason, the most frequent first.
func dayEnds(c admin.Census) []dayEnd {
	var counts []dayEnd
	for _, reason := range session.EndReasons() {
		if n := c.Ended[reason]; n > 0 {
			counts = append(counts, dayEnd{sentence(reason.AdminText()), tone(session.Session{State: session.Ended, Reason: reason}), n})
		}
	}
	slices.SortStableFunc(counts, func(a, b dayEnd) int {
		if a.Number != b.Number {
			return b.Number - a.Number
		}
		return strings.Compare(a.Words, b.Words)
	})
	return counts
}
