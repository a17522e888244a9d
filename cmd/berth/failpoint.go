//go:build failpoint

package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
)

// A test binary says on SIGUSR1 how many goroutines it has, and on SIGUSR2 which
// ones: a process shows its memory to others, but not these.
func init() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		for s := range signals {
			debug.FreeOSMemory() // so that what the process holds is what it needs
			if s == syscall.SIGUSR2 {
				_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
			}
			fmt.Fprintf(os.Stderr, "goroutines: %d\n", runtime.NumGoroutine())
		}
	}()
}
