package main

import (
	"context"
	"fmt"
)

// maintenance keeps waiting jobs out of maintenance windows.
func (j *jobs) maintenance(ctx context.Context) (string, error) {
	held, released, err := j.lifecycle.KeepMaintenance(ctx)
	return fmt.Sprintf("%d held, %d released", held, released), err
}
