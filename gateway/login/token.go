package login

import "time"

// Token is an API token, without its secret.
type Token struct {
	ID    string // no secret
	Owner string // account name
	Name  string // given by the owner

	Scopes []Scope // what it may do

	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // zero: never used; written about once a minute

	// Prefix is the beginning of the token, by which its owner recognises it.
	Prefix string
}

// NewToken is an API token that somebody asks for.
type NewToken struct {
	Name string
	Life time.Duration // 0: the longest that the site and the asker's own token allow
	// Scopes are what it may do. None: Self, or as much of that as the asker's
	// own token has.
	Scopes []Scope
}
