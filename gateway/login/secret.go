package login

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

const (
	secretBytes = 32
	tokenPrefix = "berth_"
	// shownBytes is how much of a token its owner sees later: 36 of 256 bits.
	shownBytes = len(tokenPrefix) + 6
)

// newSecret is 32 random bytes in base64url (RFC 4648 section 5).
func newSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails (it ends the program instead)
	return base64.RawURLEncoding.EncodeToString(b)
}

// newID is a name for a row, of 130 random bits.
func newID() string { return strings.ToLower(rand.Text()) }

// hashSecret refuses what newSecret cannot have made, so that it is not looked
// up. The hash is of the text.
func hashSecret(text string) (Hash, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != secretBytes || strings.ContainsAny(text, "\r\n") {
		return Hash{}, false
	}
	return sha256.Sum256([]byte(text)), true
}

// hashToken is hashSecret for an API token.
func hashToken(text string) (Hash, bool) {
	secret, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok {
		return Hash{}, false
	}
	if _, ok := hashSecret(secret); !ok {
		return Hash{}, false
	}
	return sha256.Sum256([]byte(text)), true
}
