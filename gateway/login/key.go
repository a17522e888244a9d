package login

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
)

// key is whom failures are counted for.
type key struct {
	name string // as stored
	user bool
}

// userKey is the same for all spellings of a name. What is no plain name may be
// anything, a password too, and is stored as a hash.
func userKey(username string) key {
	name := strings.ToLower(strings.TrimSpace(username))
	if !plainName.MatchString(name) {
		sum := sha256.Sum256([]byte(name))
		name = "#" + hex.EncodeToString(sum[:8])
	}
	return key{name: "user:" + name, user: true}
}

// addressKey is an IPv4 address or an IPv6 /64, which is what one customer gets
// (RFC 6177). Addresses that cannot be read share one key.
func addressKey(ip string) key {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return key{name: "addr:unknown"}
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		network, _ := addr.Prefix(64) // 64 is always in range
		return key{name: "addr:" + network.String()}
	}
	return key{name: "addr:" + addr.String()}
}
