package main

import (
	"context"
	"fmt"
	"time"
)

// launch compares the time from the request to the app that answers, for an app
// that starts at once and for a notebook.
func (b *bench) launch(ctx context.Context, r *report, rounds int) error {
	for _, it := range []struct{ app, what string }{
		{"origin", "click to Ready, an app that starts at once"},
		{"notebook", "click to Ready, Jupyter Notebook"},
	} {
		err := r.compare(row{What: it.what, Unit: "ms", BesideIs: "bare sbatch and the app", Time: true}, rounds,
			func() (float64, error) { return b.clickToReady(ctx, it.app) },
			func() (float64, error) { return b.bare(ctx, it.app) })
		if err != nil {
			return err
		}
	}
	return nil
}

// clickToReady is one session: from the request until its events say Ready.
func (b *bench) clickToReady(ctx context.Context, app string) (float64, error) {
	began := time.Now()
	s, err := b.api.ready(ctx, app, "bench-"+app)
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	if err := b.api.stop(ctx, s); err != nil {
		return 0, err
	}
	return milliseconds(took), b.idle(ctx)
}

// idle waits until the researcher has no job any more, so that no measurement
// bears another one's end.
func (b *bench) idle(ctx context.Context) error {
	return until(ctx, time.Minute, func() error {
		jobs, err := output(ctx, "", "", "squeue", "-h", "-u", researcher, "-o", "%i %T")
		if err == nil && jobs != "" {
			err = fmt.Errorf("there are jobs: %s", jobs)
		}
		return err
	})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
