package main

import (
	"context"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/idle"
	"github.com/berth-hpc/berth/gateway/leaver"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/walltime"
	"github.com/berth-hpc/berth/ldapauth"
)

// cullIdle stops what nobody uses.
func (j *jobs) cullIdle(ctx context.Context) (string, error) {
	c := idle.Culler{
		Rule: j.config.Idle.rule(), DryRun: j.config.Idle.DryRun, Name: jobCullIdle,
		Store: j.store, Lifecycle: j.lifecycle, Now: time.Now, Log: j.log,
		Audit: func(ctx context.Context, s session.Session, why string) error {
			return j.store.Audit(ctx, admin.Actor{Name: jobCullIdle}.Did("session.stop", string(s.ID),
				fmt.Sprintf("%s's %s, job %s on %s: %s", s.Owner, s.Name, s.JobID, s.Cluster, why)))
		},
	}
	return c.Run(ctx)
}

// warnWalltime tells people that their time is nearly over.
func (j *jobs) warnWalltime(ctx context.Context) (string, error) {
	return walltime.Warner{Store: j.store, Notes: j.lifecycle, Before: j.config.Walltime.before(), Now: time.Now}.Run(ctx)
}

// syncDirectory ends what people have who have left.
func (j *jobs) syncDirectory(ctx context.Context) (string, error) {
	source, err := ldapauth.New(j.config.LDAP.Config)
	if err != nil {
		return "", fmt.Errorf("ldap: %w", err)
	}
	return leaver.Sync{
		Source: source, Store: j.store, Name: jobSyncDirectory, Now: time.Now, Log: j.log,
		Leaving: &admin.Users{
			Store: j.store, Forget: j.forget,
			Sessions: &admin.Sessions{Store: j.store, Grants: j.store, Lifecycle: j.lifecycle, Now: time.Now},
		},
		Grace: kept(j.config.Leavers.Grace, day), Most: j.config.Leavers.most(),
	}.Run(ctx)
}
