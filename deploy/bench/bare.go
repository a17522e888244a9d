package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bareScripts are jobs as a researcher would write them by hand: the app alone,
// on a Unix socket in $DIR.
var bareScripts = map[string]struct{ script, path string }{
	"origin": {`exec "$BENCH" origin -socket "$DIR/s" -base /bare/`, "/bare/small"},
	"notebook": {`mkdir "$DIR/jupyter"
echo '{"NotebookApp":{"token":"bare","password":""}}' >"$DIR/jupyter/jupyter_notebook_config.json"
export JUPYTER_CONFIG_PATH="$DIR/jupyter"
exec jupyter-notebook --no-browser --sock="$DIR/s" --NotebookApp.base_url=/bare/ --NotebookApp.allow_remote_access=True`, "/bare/api"},
}

// bare is what berth stands in for: sbatch as the same user, on the same queue
// with the same resources, until the app answers on its socket.
func (b *bench) bare(ctx context.Context, app string) (float64, error) {
	dir, err := os.MkdirTemp(filepath.Join(b.cluster.dir, "tmp"), "bare-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o777); err != nil {
		return 0, err
	}
	it := bareScripts[app]
	script := fmt.Sprintf("#!/bin/bash\nDIR=%s\nBENCH=%s\nexec >\"$DIR/log\" 2>&1\n%s\n", dir, filepath.Join(b.dir, "bench"), it.script)
	began := time.Now()
	job, err := output(ctx, researcher, script, "sbatch", "--parsable", "--partition=cpu", "--cpus-per-task=2", "--mem=1G", "--time=30", "--output=/dev/null")
	if err != nil {
		return 0, err
	}
	err = until(ctx, time.Minute, func() error { return answersOn(ctx, filepath.Join(dir, "s"), it.path) })
	took := time.Since(began)
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		err = fmt.Errorf("%w: %.2000s", err, log)
	}
	_, cancelled := output(ctx, researcher, "", "scancel", strings.TrimSpace(job))
	if err := errors.Join(err, cancelled); err != nil {
		return 0, err
	}
	return milliseconds(took), b.idle(ctx)
}

// answersOn asks an app on its Unix socket.
func answersOn(ctx context.Context, socket, path string) error {
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the app answers %s", response.Status)
	}
	return nil
}
