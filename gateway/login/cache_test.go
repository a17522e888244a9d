package login

import (
	"encoding/binary"
	"testing"
	"time"
)

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache[int](5 * time.Second)
	now := time.Unix(1e9, 0)
	keyOf := func(i int) (h Hash) {
		binary.BigEndian.PutUint64(h[:], uint64(i))
		return h
	}
	for i := range 3 * maxCached {
		_, mark, ok := c.get(now, keyOf(i))
		if ok {
			t.Fatal("a row that was never put")
		}
		c.put(now, mark, keyOf(i), "alice", i)
		if v, _, ok := c.get(now, keyOf(i)); !ok || v != i {
			t.Fatalf("row %d, just put, is %d, %t", i, v, ok)
		}
		if len(c.entries) > maxCached {
			t.Fatalf("%d entries", len(c.entries))
		}
	}
	now = now.Add(time.Minute)
	for i := range maxCached / 2 {
		_, mark, _ := c.get(now, keyOf(-1-i))
		c.put(now, mark, keyOf(-1-i), "bob", i)
	}
	if len(c.entries) > maxCached*6/10 {
		t.Errorf("%d entries, though most are out of date", len(c.entries))
	}
	c.forget("bob")
	for i := range maxCached / 2 {
		if _, _, ok := c.get(now, keyOf(-1-i)); ok {
			t.Fatal("bob is still there")
		}
	}
}

// A store that is slow in not answering holds up one request at a time, and that
// one not for long, where there is a row to fall back on.
func TestASlowStoreHoldsUpFew(t *testing.T) {
	t.Parallel()
	c := newCache[int](5 * time.Second)
	now := time.Unix(1e9, 0)
	key := Hash{1}
	bounded := func() bool {
		ctx, cancel := c.patience(t.Context(), now, key)
		defer cancel()
		_, ok := ctx.Deadline()
		return ok
	}
	if bounded() {
		t.Error("where there is nothing to fall back on, nothing is to be gained by haste")
	}
	_, mark, _ := c.get(now, key)
	c.put(now, mark, key, "alice", 42)
	now = now.Add(6 * time.Second)
	if _, _, ok := c.get(now, key); ok || !bounded() {
		t.Error("a row that is out of date is asked for, with little patience")
	}
	if v, ok := c.outlast(now, key); !ok || v != 42 {
		t.Fatal("the row does not outlast the store's absence")
	}
	now = now.Add(6 * time.Second)
	if _, _, ok := c.get(now, key); ok {
		t.Error("nobody asks any more")
	}
	if v, _, ok := c.get(now, key); !ok || v != 42 {
		t.Error("a second one asks beside the first")
	}
	now = now.Add(outageFor)
	for range 2 {
		if _, _, ok := c.get(now, key); ok || bounded() {
			t.Error("a row that is too old is believed")
		}
	}
}
