package tunnel

import (
	"crypto/rand"
	"encoding/hex"
)

// newID makes 16 random bytes in hex: a name, not a secret.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}
