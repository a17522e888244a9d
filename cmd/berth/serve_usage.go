package main

import (
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/sql"
)

// usageReporter makes reports. The key finds people's old days again, where
// names have been replaced.
func usageReporter(store *sql.Store, key []byte) usage.Reporter {
	return usage.Reporter{Store: store, Veil: usage.NewVeil(key)}
}

// usageRollUp is the recurring work that keeps reports.
func usageRollUp(c *fileConfig, store *sql.Store, key []byte, log *slog.Logger) usage.RollUp {
	return usage.RollUp{Store: store, Policy: c.Usage.policy(), Veil: usage.NewVeil(key), Now: time.Now, Log: log}
}
