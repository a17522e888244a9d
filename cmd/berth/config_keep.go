package main

import (
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/idle"
)

// retentionConfig says how long what is over is kept. 0: for ever.
type retentionConfig struct {
	// Sessions that have ended, with timeline and log. Default: for ever.
	Sessions batch.Duration `yaml:"sessions"`
	// Logs of sessions that have ended. Default 90d.
	Logs *batch.Duration `yaml:"logs"`
	// Audit is for the audit log. Default: for ever.
	Audit batch.Duration `yaml:"audit"`
	// Runs of recurring jobs. Default 90d.
	Runs *batch.Duration `yaml:"runs"`
}

const day = 24 * time.Hour

// kept is a time of retention, or the default where the file says nothing.
func kept(d *batch.Duration, fallback time.Duration) time.Duration {
	if d == nil {
		return fallback
	}
	return d.Std()
}

// idleConfig says when a session that nobody uses is stopped.
type idleConfig struct {
	// After so long without use. Default 0: never.
	After batch.Duration `yaml:"after"`
	// Warn the owner so long before, on the session's page. Default 15m.
	Warn *batch.Duration `yaml:"warn"`
	// Grace is how long a session is left alone after it got ready. Default 30m.
	Grace *batch.Duration `yaml:"grace"`
	// Queues and Apps (by id) that this is for. Default: all.
	Queues []string `yaml:"queues"`
	Apps   []string `yaml:"apps"`
	// Keep are people and groups (@name) whose sessions are left alone.
	Keep []string `yaml:"keep"`
	// DryRun only says what would be done.
	DryRun bool `yaml:"dry_run"`
}

// rule is the config as package idle has it.
func (c idleConfig) rule() idle.Rule {
	return idle.Rule{
		After: c.After.Std(), Warn: kept(c.Warn, 15*time.Minute), Grace: kept(c.Grace, 30*time.Minute),
		Queues: c.Queues, Apps: c.Apps, Keep: c.Keep,
	}
}

// walltimeConfig says when people are told that their time is nearly over.
type walltimeConfig struct {
	// Warn so long before the end. Default [15m, 5m]; [] says nothing.
	Warn []batch.Duration `yaml:"warn"`
}

func (c walltimeConfig) before() []time.Duration {
	if c.Warn == nil {
		return []time.Duration{15 * time.Minute, 5 * time.Minute}
	}
	list := make([]time.Duration, len(c.Warn))
	for i, d := range c.Warn {
		list[i] = d.Std()
	}
	return list
}

// leaversConfig says what becomes of people who have left the directory or its
// allowed groups.
type leaversConfig struct {
	// Grace is how long they keep what they have. Default 1d.
	Grace *batch.Duration `yaml:"grace"`
	// MostPercent of all people may be gone at one time; more are not believed,
	// because a service account that may no longer read sees nobody. Default 20.
	MostPercent int `yaml:"most_percent"`
}

func (c leaversConfig) most() float64 {
	if c.MostPercent == 0 {
		return 0.2
	}
	return float64(c.MostPercent) / 100
}

// keep checks what says how long things are kept and left alone.
func (k *checker) keep(c *fileConfig) {
	if c.Leavers.MostPercent < 0 || c.Leavers.MostPercent > 100 {
		k.fault("leavers.most_percent", "must be 1 to 100, not %d", c.Leavers.MostPercent)
	}
	rule := c.Idle.rule()
	if rule.After > 0 && rule.After <= rule.Warn {
		k.fault("idle.warn", "must be shorter than idle.after (%s)", rule.After)
	}
	for _, id := range rule.Apps {
		if !slices.ContainsFunc(c.Apps, func(a appConfig) bool { return a.ID == id }) {
			k.fault("idle.apps", "there is no app %q", id)
		}
	}
	for _, who := range rule.Keep {
		if strings.TrimPrefix(who, "@") == "" || strings.TrimSpace(who) != who {
			k.fault("idle.keep", "must be names of people, or of groups with an @ before them, not %q", who)
		}
	}
}
