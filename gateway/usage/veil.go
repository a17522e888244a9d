package usage

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Veil makes pseudonyms of names: a keyed hash (HMAC-SHA-256, RFC 2104). One
// name has one pseudonym, so that a person's days still add up. Who has the key
// can tell whether a pseudonym belongs to a name that they guess; nobody can
// read the name from it.
type Veil struct{ key []byte }

// NewVeil makes a veil of the installation's key.
func NewVeil(key []byte) Veil { return Veil{key: key} }

// Known reports whether there is a key.
func (v Veil) Known() bool { return len(v.key) > 0 }

// Name is the pseudonym: "someone-" and 16 hex digits.
func (v Veil) Name(name string) string {
	mac := hmac.New(sha256.New, v.key)
	mac.Write([]byte("usage pseudonym\x00" + name))
	return "someone-" + hex.EncodeToString(mac.Sum(nil)[:8])
}
