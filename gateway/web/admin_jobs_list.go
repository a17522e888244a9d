package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/login"
)

const adminJobs = "/admin/jobs"

// adminJobsPage lists the recurring work.
type adminJobsPage struct {
	frame
	Said string
	Rows []jobRow
}

type jobRow struct {
	Name, About, Spec string
	Off, Everywhere   bool
	Tone, Outcome     string
	Last, Next        moment
	Took, Detail      string
	Failures          int
}

func (w *Web) adminJobsList(c *gin.Context) error {
	list, err := w.Admin.Jobs.List(c.Request.Context())
	if err != nil {
		return err
	}
	page := adminJobsPage{frame: w.console(c.Request, "Jobs", adminJobs), Said: said(c)}
	for _, j := range list {
		page.Rows = append(page.Rows, w.jobRow(j))
	}
	return w.render(c, http.StatusOK, "admin_jobs_list", &page)
}

func (w *Web) jobRow(j cron.Listed) jobRow {
	now := w.Now()
	row := jobRow{
		Name: j.Name, About: j.About, Spec: j.Spec, Off: j.Spec == cron.Off, Everywhere: j.Everywhere,
		Failures: j.Failures, Outcome: "has not run yet", Tone: "off",
	}
	if j.Last.Job != "" {
		row.Outcome, row.Tone = string(j.Last.Outcome), outcomeTone(j.Last.Outcome)
		row.Last, row.Took, row.Detail = ago(j.Last.Started, now), brief(j.Last.Took()), plain(j.Last.Detail)
	}
	if j.Now.Job != "" {
		row.Outcome, row.Tone = string(cron.Running), "busy"
	}
	if !j.Next.IsZero() && !row.Off {
		row.Next = clock(j.Next, now)
	}
	return row
}

func outcomeTone(o cron.Outcome) string {
	switch o {
	case cron.OK:
		return "good"
	case cron.Failed:
		return "bad"
	case cron.Missed, cron.CutOff:
		return "warn"
	}
	return "busy"
}

// brief says how long a run took.
func brief(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Second:
		return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + " ms"
	}
	return span(d)
}

// adminJobPage is one job, with its runs.
type adminJobPage struct {
	frame
	Said  string
	Job   jobRow
	Rows  []runRow
	Pager pager
}

type runRow struct {
	Started             moment
	Tone, Outcome, Took string
	Detail, By, Where   string
}

func (w *Web) adminJobShow(c *gin.Context) error {
	ctx, name := c.Request.Context(), c.Param("job")
	list, err := w.Admin.Jobs.List(ctx)
	if err != nil {
		return err
	}
	page := adminJobPage{Said: said(c)}
	for _, j := range list {
		if j.Name == name {
			page.Job = w.jobRow(j)
		}
	}
	if page.Job.Name == "" {
		return login.ErrNotFound
	}
	page.frame = w.console(c.Request, name, adminJobs)
	filter := newFilter(adminJobs+"/"+name, nil)
	here := c.Query(afterKey)
	before, err := strconv.ParseInt(here, 10, 64)
	if err != nil || before < 0 {
		before, here = 0, ""
	}
	runs, err := w.Admin.Runs(ctx, name, before, pageRows+1)
	if err != nil {
		return err
	}
	runs, page.Pager = paged(runs, filter, here, func(r cron.Run) string { return strconv.FormatInt(r.ID, 10) })
	now := w.Now()
	for _, r := range runs {
		page.Rows = append(page.Rows, runRow{
			clock(r.Started, now), outcomeTone(r.Outcome), string(r.Outcome), brief(r.Took()), plain(r.Detail), plain(r.AskedBy), plain(r.Replica),
		})
	}
	return w.render(c, http.StatusOK, "admin_job_show", &page)
}

// adminJobRun asks the leader to run a job now.
func (w *Web) adminJobRun(c *gin.Context) error {
	name := c.Param("job")
	err := w.Admin.Jobs.Run(c.Request.Context(), actor(c), name)
	if errors.Is(err, cron.ErrNoJob) {
		err = login.ErrNotFound
	}
	if err != nil {
		return err
	}
	sayAt(c, adminJobs+"/"+name, "asked", 0)
	return nil
}
