package login

import "time"

// Login is one browser that is signed in.
type Login struct {
	// ID names the login in pages, logs and deletions. It is no secret and does
	// not help to guess the cookie.
	ID   string
	User User

	CreatedAt  time.Time
	LastSeenAt time.Time // written about once a minute while the browser is in use
	// ExpiresAt is when the login ends unless it is used before: the earlier of
	// the idle limit after LastSeenAt and the absolute limit after CreatedAt.
	ExpiresAt time.Time

	IP        string // where it was created
	UserAgent string // cut to 256 bytes
}
