package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/sql"
)

// usageReporter makes reports. The key finds people's old days again, where
// names have been replaced.
func usageReporter(store *sql.Store, key []byte) usage.Reporter {
	return usage.Reporter{Store: store, Veil: usage.NewVeil(key)}
}

// usageKey is the key of pseudonyms, where the site wants any.
func usageKey(c *fileConfig) ([]byte, error) {
	if c.Usage.Pseudonyms == 0 {
		return nil, nil
	}
	key, err := os.ReadFile(c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("the key of pseudonyms: %w", err)
	}
	return key, nil
}

// usageRollUp keeps reports.
func (j *jobs) usageRollUp(ctx context.Context) (string, error) {
	key, err := usageKey(j.config)
	if err != nil {
		return "", err
	}
	return usage.RollUp{
		Store: j.store, Policy: j.config.Usage.policy(), Veil: usage.NewVeil(key), Now: time.Now,
	}.Run(ctx)
}
