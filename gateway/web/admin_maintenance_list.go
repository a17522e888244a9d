package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/limit"
)

const adminMaintenance = "/admin/maintenance"

// adminMaintenancePage lists maintenance windows and has the form for a new one.
type adminMaintenancePage struct {
	frame
	Said string
	Past bool
	Rows []windowRow
	Form windowForm
}

type windowRow struct {
	ID, Where, Text, By string
	Tone, Standing      string
	Over                bool
	From, Until         moment
}

type windowForm struct {
	Scope, From, Until, Text string
	Zone                     string
	Scopes                   []option
	Faults                   map[string]string
}

func (w *Web) adminMaintenanceList(c *gin.Context) error {
	return w.renderMaintenance(c, http.StatusOK, windowForm{})
}

func (w *Web) renderMaintenance(c *gin.Context, status int, form windowForm) error {
	form.Scopes, form.Zone = w.scopes("Everywhere"), w.zone()
	page := adminMaintenancePage{
		frame: w.console(c.Request, "Maintenance", adminMaintenance), Said: said(c), Form: form, Past: c.Query("past") == "1",
	}
	windows, err := w.Admin.Maintenance.List(c.Request.Context(), page.Past)
	if err != nil {
		return err
	}
	now := w.Now()
	for _, m := range windows {
		row := windowRow{
			ID: m.ID, Where: plain(m.Scope.String()), Text: plain(m.Text), By: plain(m.SetBy), From: clock(m.From, now),
			Until: clock(m.Until, now), Tone: "wait", Standing: "planned",
		}
		switch {
		case !now.Before(m.Until):
			row.Tone, row.Standing, row.Over = "off", "over", true
		case !now.Before(m.From):
			row.Tone, row.Standing = "warn", "now"
		}
		page.Rows = append(page.Rows, row)
	}
	return w.render(c, status, "admin_maintenance_list", &page)
}

func (w *Web) adminMaintenanceCreate(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	values := c.Request.PostForm
	form := windowForm{
		Scope: values.Get("scope"), From: values.Get("from"), Until: values.Get("until"), Text: values.Get("text"),
		Faults: map[string]string{},
	}
	cluster, queue := w.scopeOf(form.Scope)
	if cluster == "" && form.Scope != "/" && form.Scope != "" {
		form.Faults["scope"] = "There is no such partition any more."
	}
	window := limit.Window{
		Scope: limit.Scope{Cluster: cluster, Queue: queue}, Text: form.Text,
		From: w.timeField(values, "from", form.Faults), Until: w.timeField(values, "until", form.Faults),
	}
	if len(form.Faults) == 0 {
		_, err := w.Admin.Maintenance.Add(c.Request.Context(), actor(c), window)
		var invalid *limit.Invalid
		switch {
		case err == nil:
			sayAt(c, adminMaintenance, "planned", 0)
			return nil
		case !errors.As(err, &invalid):
			return err
		}
		addFaults(form.Faults, invalid)
	}
	return w.renderMaintenance(c, http.StatusUnprocessableEntity, form)
}

// adminMaintenanceDelete cancels a maintenance, or ends it now. The page asks
// before it sends this.
func (w *Web) adminMaintenanceDelete(c *gin.Context) error {
	_, err := w.Admin.Maintenance.Delete(c.Request.Context(), actor(c), c.Param("id"))
	if err != nil && !errors.Is(err, limit.ErrNotFound) {
		return err
	}
	sayAt(c, adminMaintenance, "cancelled", 0)
	return nil
}
