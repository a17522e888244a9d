package sql

import (
	"crypto/sha256"
	"encoding/binary"
)

// lockKey is the advisory lock for something of a kind. The kinds share one
// space of 64 bits; two names that meet there by accident wait for each other
// and do no harm.
func lockKey(kind, name string) int64 {
	sum := sha256.Sum256([]byte("berth " + kind + "\x00" + name))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
