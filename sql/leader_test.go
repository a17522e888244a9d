package sql_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// contender campaigns until it is stopped, and reports each reign's beginning
// and end.
type contender struct {
	began, ended chan struct{}
	stop         func()
}

func contend(t *testing.T, s *sql.Store, name string, reigning *atomic.Int32) contender {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := contender{began: make(chan struct{}, 100), ended: make(chan struct{}, 100)}
	var done sync.WaitGroup
	done.Go(func() {
		s.RunLeader(ctx, name, func(ctx context.Context) {
			if n := reigning.Add(1); n != 1 {
				t.Errorf("%d leaders at once", n)
			}
			c.began <- struct{}{}
			<-ctx.Done()
			reigning.Add(-1)
			c.ended <- struct{}{}
		})
	})
	c.stop = func() { cancel(); done.Wait() }
	t.Cleanup(c.stop)
	return c
}

func TestLeadershipIsHandedOver(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	var reigning atomic.Int32
	first := contend(t, open(t, url), "cron", &reigning)
	receive(t, "the first leads", first.began)
	second := contend(t, open(t, url), "cron", &reigning)
	var apart atomic.Int32
	receive(t, "another lock has its own leader", contend(t, open(t, url), "other", &apart).began)
	if len(second.began) != 0 {
		t.Error("the second leads beside the first")
	}
	first.stop()
	receive(t, "the first has ended", first.ended)
	receive(t, "the second leads", second.began)
	second.stop()
}

func TestALeaderWhoseConnectionIsLostSteps(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	var reigning atomic.Int32
	s := open(t, url)
	c := contend(t, s, "cron", &reigning)
	for range 2 {
		receive(t, "it leads", c.began)
		killAll(t, url)
		receive(t, "it steps down", c.ended)
	}
	receive(t, "it leads again", c.began)
}

func TestAWorkThatReturnsIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := open(t, sqltest.URL(t))
	ctx, cancel := context.WithCancel(t.Context())
	var runs atomic.Int32
	s.RunLeader(ctx, "cron", func(context.Context) {
		if runs.Add(1) == 3 {
			cancel()
		}
	})
	if n := runs.Load(); n != 3 {
		t.Errorf("%d runs", n)
	}
}

func TestALeaderCampaignsWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	pg := sqltest.Server(t)
	s := pg.Store()
	pg.Stop()
	var reigning atomic.Int32
	c := contend(t, s, "cron", &reigning)
	pg.Start()
	receive(t, "it leads", c.began)
	pg.Stop()
	receive(t, "it steps down", c.ended)
	pg.Start()
	receive(t, "it leads again", c.began)
}
