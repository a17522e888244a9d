package main

import (
	"time"

	"github.com/berth-hpc/berth/batch"
)

// tokenAge is MaxTokenAge as package login takes it: negative for ever. The
// config has been checked.
func (c loginConfig) tokenAge() time.Duration {
	if c.MaxTokenAge == "never" {
		return -1
	}
	d, _ := batch.ParseDuration(c.MaxTokenAge) // checked by checker.login
	return d.Std()
}

func (k *checker) login(c *fileConfig) {
	if d, err := batch.ParseDuration(c.Login.MaxTokenAge); c.Login.MaxTokenAge != "never" && (err != nil || d.Std() < time.Minute) {
		k.fault("login.max_token_age", "must be a span like 90d, or never, not %q", c.Login.MaxTokenAge)
	}
	if c.Login.MaxTokens < 0 {
		k.fault("login.max_tokens", "must be more than 0, not %d", c.Login.MaxTokens)
	}
}
