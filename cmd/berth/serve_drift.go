package main

import (
	"context"
	"strings"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/web"
	"github.com/berth-hpc/berth/sql"
)

// mostRepairs is how many past repairs the admins' page shows.
const mostRepairs = 50

// driftSource compares anew for the admins' page and adds what was repaired.
func driftSource(r *reconcile.Reconciler, store *sql.Store) web.DriftSource {
	return func(ctx context.Context) (web.Drift, error) {
		report, err := r.Check(ctx)
		if err != nil {
			return web.Drift{}, err
		}
		drift := web.Drift{At: report.At, Sessions: report.Sessions, Down: report.Down}
		for _, d := range report.Drift {
			drift.Found = append(drift.Found, web.DriftFinding{
				Kind: words(string(d.Kind)), Session: string(d.Session), Job: string(d.Job), Owner: d.Owner,
				Cluster: d.Cluster, Text: d.Text, Repair: d.Repair,
				Orphan: d.Kind == reconcile.JobWithoutRow,
			})
		}
		past, err := store.AuditLog(ctx, admin.AuditFilter{By: reconcileName, Limit: mostRepairs})
		for _, e := range past {
			drift.Repairs = append(drift.Repairs, web.DriftRepair{
				At: e.At, Kind: words(strings.TrimPrefix(e.Action, "reconcile.")), Session: e.Target, Detail: e.Detail,
			})
		}
		return drift, err
	}
}

// words writes "job_without_row" for people.
func words(kind string) string { return strings.ReplaceAll(kind, "_", " ") }
