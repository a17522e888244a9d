package sample

import (
	"bytes"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// view is what the page shows.
type view struct {
	Base  string
	User  string // as the gateway says
	GPUs  []string
	Facts []fact
	Files []upload
}

type fact struct{ Name, Value string }

func (a *app) show(w http.ResponseWriter, r *http.Request) {
	v := view{Base: a.BasePath, User: r.Header.Get("X-Berth-User"), Files: a.shelf.list()}
	for g := range strings.SplitSeq(a.Getenv("CUDA_VISIBLE_DEVICES"), ",") {
		if g = strings.TrimSpace(g); g != "" {
			v.GPUs = append(v.GPUs, g)
		}
	}
	host, _ := os.Hostname()
	v.Facts = []fact{
		{"Host", host},
		{"Process", strconv.Itoa(os.Getpid())},
		{"Machine", runtime.GOOS + "/" + runtime.GOARCH + ", " + strconv.Itoa(runtime.NumCPU()) + " CPUs"},
	}
	for _, name := range []string{
		"LOCAL_JOB_ID", "SLURM_JOB_ID", "SLURM_JOB_PARTITION", "PBS_JOBID", "PBS_QUEUE",
		"CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "USER", "HOME",
	} {
		if value := a.Getenv(name); value != "" {
			v.Facts = append(v.Facts, fact{name, value})
		}
	}
	var out bytes.Buffer
	if err := page.Execute(&out, v); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(out.Bytes())
}
