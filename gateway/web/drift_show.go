package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Drift is what sessions, schedulers and agents disagree about now, and what
// was lately repaired.
type Drift struct {
	At       time.Time
	Sessions int      // live ones compared
	Down     []string // clusters that do not answer: nothing is concluded about them
	Found    []DriftFinding
	Repairs  []DriftRepair
}

// DriftFinding is one disagreement.
type DriftFinding struct {
	Kind, Session, Job, Owner, Cluster, Text, Repair string
	Orphan                                           bool // a job that no session has on record
}

// DriftRepair is one repair of the past, from the audit log.
type DriftRepair struct {
	At                    time.Time
	Kind, Session, Detail string
}

// DriftSource compares anew; it changes nothing.
type DriftSource func(ctx context.Context) (Drift, error)

type driftShowPage struct {
	frame
	Sessions int
	When     moment
	Down     []string
	Found    []DriftFinding
	Repairs  []driftRepairView
}

type driftRepairView struct {
	When                  moment
	Kind, Session, Detail string
}

// driftShow is an admin's look at what does not agree.
func (w *Web) driftShow(c *gin.Context) error {
	drift, err := w.Drift(c.Request.Context())
	if err != nil {
		return err
	}
	now := w.Now()
	page := driftShowPage{
		frame: w.console(c.Request, "Drift", "/admin/drift"), Sessions: drift.Sessions, When: ago(drift.At, now),
		Down: drift.Down, Found: drift.Found,
	}
	for _, r := range drift.Repairs {
		page.Repairs = append(page.Repairs, driftRepairView{When: ago(r.At, now), Kind: r.Kind, Session: r.Session, Detail: plain(r.Detail)})
	}
	for i := range page.Found {
		page.Found[i].Text = plain(page.Found[i].Text)
	}
	return w.render(c, http.StatusOK, "drift_show", &page)
}
