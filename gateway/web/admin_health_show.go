package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/health"
)

const adminHealth = "/admin/health"

// adminHealthPage says what is not as it should be, and how to mend it.
type adminHealthPage struct {
	frame
	Findings []findingView
	Gateways []gatewayView
	Clusters []clusterView
	Led      bool
	Unsure   string // what could not be looked at
}

type findingView struct {
	health.Finding
	Tone string
}

type gatewayView struct {
	Name          string
	Here, Silent  bool
	Started, Seen moment
}

type clusterView struct {
	Name, Tone, Standing string
	Since                moment
}

var severityOf = map[health.Severity]string{health.Broken: "bad", health.Warning: "warn", health.Notice: "busy"}

// driftLimit bounds the look at jobs without a session on the health page.
const driftLimit = 8 * time.Second

func (w *Web) adminHealthShow(c *gin.Context) error {
	ctx := c.Request.Context()
	facts := w.Admin.Facts(ctx)
	page := adminHealthPage{frame: w.console(c.Request, "Health", adminHealth)}
	look, cancel := context.WithTimeout(ctx, driftLimit)
	defer cancel()
	switch drift, err := w.Drift(look); {
	case err != nil:
		page.Unsure = "Jobs that belong to no session were not looked for: the question was not answered in time."
	default:
		for _, d := range drift.Found {
			if d.Orphan {
				facts.Orphans++
			}
		}
	}
	page.Findings = findingViews(facts)
	page.Gateways, page.Led = w.gatewayViews(facts)
	page.Clusters = w.clusterViews(facts)
	return w.render(c, http.StatusOK, "admin_health_show", &page)
}

func findingViews(facts health.Facts) []findingView {
	var views []findingView
	for _, f := range health.Check(facts) {
		f.Detail = sentence(plain(f.Detail))
		views = append(views, findingView{f, severityOf[f.Severity]})
	}
	return views
}

func (w *Web) gatewayViews(facts health.Facts) (views []gatewayView, led bool) {
	for _, r := range facts.Replicas {
		v := gatewayView{
			Name: plain(r.Name), Here: r.Here, Started: ago(r.Started, facts.Now), Seen: ago(r.Heartbeat, facts.Now),
			Silent: facts.Now.Sub(r.Heartbeat) > 30*time.Second,
		}
		views = append(views, v)
	}
	return views, facts.Led != nil && *facts.Led
}

func (w *Web) clusterViews(facts health.Facts) []clusterView {
	var views []clusterView
	for _, c := range facts.Clusters {
		v := clusterView{Name: plain(c.Name), Tone: "good", Standing: "answers", Since: ago(c.Answered, facts.Now)}
		switch {
		case c.Answered.IsZero():
			v.Tone, v.Standing, v.Since = "bad", "has never answered", moment{}
		case !c.DownSince.IsZero():
			v.Tone, v.Standing, v.Since = "bad", "does not answer", ago(c.DownSince, facts.Now)
		}
		views = append(views, v)
	}
	return views
}
