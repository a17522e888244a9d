package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/usage"
)

// Reports counts what sessions held and used.
type Reports interface {
	Report(ctx context.Context, q usage.Query) (usage.Report, error)
}

// noReports is for a gateway without any.
type noReports struct{}

func (noReports) Report(context.Context, usage.Query) (usage.Report, error) {
	return usage.Report{}, errors.New("api: there are no reports")
}

// usageShow reports what the caller held and used.
func (a *API) usageShow(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	return a.report(c, func(q *usage.Query) { q.User = caller.User.Name })
}

// adminUsageShow reports what everybody did, or those that the filters choose.
func (a *API) adminUsageShow(c *gin.Context) error {
	return a.report(c, func(q *usage.Query) { q.User, q.Group = c.Query("user"), c.Query("group") })
}

func (a *API) report(c *gin.Context, choose func(*usage.Query)) error {
	ask := usage.Ask{From: c.Query("from"), To: c.Query("to"), By: c.DefaultQuery("by", string(usage.ByDay))}
	q, err := ask.Query(a.now())
	if bad := (*usage.BadQuery)(nil); errors.As(err, &bad) {
		return bad.Invalid()
	}
	choose(&q)
	q.Account, q.Cluster, q.Queue, q.App, q.GPUType = c.Query("account"), c.Query("cluster"), c.Query("queue"), c.Query("app"), c.Query("gpu")
	format := c.DefaultQuery("format", "json")
	if format != "json" && format != "csv" {
		return invalid("format", format, "json, csv", "format must be json or csv")
	}
	report, err := a.reports.Report(c.Request.Context(), q)
	if err != nil {
		return err
	}
	if format == "csv" {
		var b bytes.Buffer
		if err := usage.CSV(&b, report.By, report.Rows); err != nil {
			return err
		}
		c.Header("Cache-Control", "no-store")
		c.Header("Content-Disposition", `attachment; filename="usage-`+string(q.By)+`.csv"`)
		c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
		return nil
	}
	return answer(c, http.StatusOK, report)
}
