package chaos

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const appCommand = "app"

// serveApp is an app that costs next to nothing: it says whose it is, and
// streams numbers for as long as anybody listens.
func serveApp(socket string) int {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	server := http.Server{Handler: http.HandlerFunc(answer)}
	go func() {
		<-ended
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 143
}

func answer(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/ticks") {
		fmt.Fprintf(w, "job %s at %s\n", os.Getenv("SLURM_JOB_ID"), os.Getenv("CHAOS_BASE"))
		return
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	flush := http.NewResponseController(w)
	for n := 0; ; n++ {
		if _, err := fmt.Fprintln(w, n); err != nil || flush.Flush() != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			return
		}
	}
}
