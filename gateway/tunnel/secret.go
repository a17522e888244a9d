package tunnel

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
)

// Secret is a text that must never be printed. It prints as "[secret]" through
// fmt and slog; encoding/json writes the text itself, because the wire needs it.
type Secret string

// NewSecret makes 32 random bytes, written in base64url.
func NewSecret() Secret {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return Secret(base64.RawURLEncoding.EncodeToString(b[:]))
}

// String hides the text.
func (s Secret) String() string { return "[secret]" }

// GoString hides the text from %#v.
func (s Secret) GoString() string { return "[secret]" }

// LogValue hides the text from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Reveal is the text itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// Hash is the SHA-256 of the text: what may be stored, and compared in constant
// time, in place of a random secret.
func (s Secret) Hash() [sha256.Size]byte { return sha256.Sum256([]byte(s)) }

// Is reports in constant time whether the secret's hash is the given one.
func (s Secret) Is(hash [sha256.Size]byte) bool {
	h := s.Hash()
	return subtle.ConstantTimeCompare(h[:], hash[:]) == 1
}
