package main

import (
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/usage"
)

// usageConfig says how long the site keeps what sessions held and used.
type usageConfig struct {
	// Samples is how long the minutes of a session's use are kept. Default 30d.
	Samples batch.Duration `yaml:"samples"`
	// Retention is how long whole days of reports are. Default: for ever.
	Retention batch.Duration `yaml:"retention"`
	// Pseudonyms is the age at which names of people in whole days of reports are
	// replaced, at least 7d. Default: never.
	Pseudonyms batch.Duration `yaml:"pseudonyms"`
}

func (c *usageConfig) withDefaults() { span(&c.Samples, 30*24*time.Hour) }

func (c usageConfig) policy() usage.Policy {
	return usage.Policy{Samples: c.Samples.Std(), Reports: c.Retention.Std(), Pseudonym: c.Pseudonyms.Std()}
}

func (k *checker) usage(c *fileConfig) {
	const week = usage.MinPseudonymDays * 24 * time.Hour
	if p := c.Usage.Pseudonyms.Std(); p != 0 && p < week {
		k.fault("usage.pseudonyms", "must be 7d or more: days may still change")
	}
	if r := c.Usage.Retention.Std(); r != 0 && r < week {
		k.fault("usage.retention", "must be 7d or more; leave it out to keep reports for ever")
	}
	if r := c.Retention.Sessions.Std(); r != 0 && r < week {
		k.fault("retention.sessions", "must be 7d or more: reports count the latest days from them")
	}
	if c.Usage.Samples.Std() < 24*time.Hour {
		k.fault("usage.samples", "must be 1d or more")
	}
}
