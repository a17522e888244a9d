package main

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/web"
	"github.com/berth-hpc/berth/sql"
)

// newAdmin is what admins can do, for pages and commands alike. Without logins,
// as in a command, there is nothing cached to forget.
func newAdmin(store *sql.Store, lifecycle *session.Lifecycle, logins *login.Service, runner *cron.Runner, signs vitals) web.Admin {
	sessions := &admin.Sessions{Store: store, Grants: store, Lifecycle: lifecycle, Now: time.Now}
	users := &admin.Users{Store: store, Sessions: sessions}
	if logins != nil {
		users.Forget = logins.Forget
	}
	return web.Admin{
		Sessions: sessions, Users: users, Audit: store, Facts: signs.facts,
		Limits: admin.Limits{Store: store, Now: time.Now}, Maintenance: admin.Maintenance{Store: store, Now: time.Now},
		Announcements: &admin.Announcements{Store: store, Now: time.Now},
		Jobs:          admin.Jobs{Runner: runner, Store: store},
		Runs: func(ctx context.Context, job string, before int64, most int) ([]cron.Run, error) {
			return store.CronRuns(ctx, sql.CronFilter{Job: job, Before: before, Limit: most})
		},
	}
}
