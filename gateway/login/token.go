package login

import "time"

// Token is an API token, without its secret.
type Token struct {
	ID    string // no secret
	Owner string // account name
	Name  string // given by the owner

	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // zero: never used; written about once a minute

	// Prefix is the beginning of the token, by which its owner recognises it.
	Prefix string
}
