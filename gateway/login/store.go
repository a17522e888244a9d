package login

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/berth-hpc/berth/ldapauth"
)

// Hash is the SHA-256 of a secret. The secrets are 32 random bytes, so a fast
// hash is as good as a slow one, and looking a row up by it leaks nothing that
// timing could measure: an attacker does not control the hash's bytes.
type Hash [sha256.Size]byte

// ErrNotFound is returned by stores for a row that is not there.
var ErrNotFound = errors.New("not found")

// Authenticator checks a password against the directory. Its errors wrap
// ldapauth.ErrInvalidCredentials, ldapauth.ErrNotAllowed or
// ldapauth.ErrUnavailable.
type Authenticator interface {
	Authenticate(ctx context.Context, username, password string) (ldapauth.Identity, error)
}

// Store keeps logins and the users they belong to.
type Store interface {
	// CreateLogin writes the login's user (insert, or replace what was known of
	// the name) and the login, in one transaction.
	CreateLogin(ctx context.Context, l Login, secret Hash) error
	// LoginByHash returns the login and its user as the users table has it now.
	// ErrNotFound: no such row. Expired rows may be returned.
	LoginByHash(ctx context.Context, secret Hash) (Login, error)
	// TouchLogin writes LastSeenAt and ExpiresAt. A missing row is no error.
	TouchLogin(ctx context.Context, id string, seen, expires time.Time) error
	// DeleteLogin removes one login. A missing row is no error.
	DeleteLogin(ctx context.Context, id string) error
	// DeleteLoginsOf removes every login of the user.
	DeleteLoginsOf(ctx context.Context, user string) error
}

// TokenStore keeps API tokens.
type TokenStore interface {
	// CreateToken adds a token. The owner's user row exists.
	CreateToken(ctx context.Context, t Token, secret Hash) error
	// TokensOf lists the owner's tokens, oldest first, expired ones too.
	TokensOf(ctx context.Context, owner string) ([]Token, error)
	// TokenByHash returns the token and its owner. ErrNotFound: no such row.
	// Expired rows may be returned.
	TokenByHash(ctx context.Context, secret Hash) (Token, User, error)
	// DeleteToken removes the token if it is the owner's. ErrNotFound: it is not,
	// or there is none.
	DeleteToken(ctx context.Context, owner, id string) error
	// TouchToken writes LastUsedAt. A missing row is no error.
	TouchToken(ctx context.Context, id string, used time.Time) error
}

// FailureStore counts failed sign-ins, so that a restart or another replica
// does not forget them. Keys are short printable strings such as "user:alice"
// and "addr:192.0.2.7", of at most 80 bytes. Rows that are older than
// Throttle.Window may be purged.
type FailureStore interface {
	RecordFailure(ctx context.Context, key string, at time.Time) error
	// CountFailures counts the failures of key at or after since.
	CountFailures(ctx context.Context, key string, since time.Time) (int, error)
}
