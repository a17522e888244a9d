package main

import (
	"fmt"
	"io"
	"time"
)

// progress prints a line for each step that is done.
type progress struct {
	out   io.Writer
	began time.Time
}

func (p progress) step(name string, began time.Time) {
	fmt.Fprintf(p.out, "cluster: %-40s %5.2f s\n", name, time.Since(began).Seconds())
}
