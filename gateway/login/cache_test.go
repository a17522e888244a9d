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
