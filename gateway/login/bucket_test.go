package login

import (
	"fmt"
	"testing"
	"time"
)

func TestBucketsAreBounded(t *testing.T) {
	t.Parallel()
	s := newBuckets(100)
	r := Rate{Burst: 3, Every: time.Minute}
	busy := s.of(userKey("busy"), r)
	busy.inFlight++
	for i := range 1000 {
		k := userKey(fmt.Sprint("user", i))
		s.of(k, r)
		s.of(userKey("often"), r)
		if s.byKey[k] == nil {
			t.Fatal("the newest is forgotten")
		}
		if len(s.byKey) > 100 || s.order.Len() != len(s.byKey) {
			t.Fatalf("%d names, %d seats", len(s.byKey), s.order.Len())
		}
	}
	for _, name := range []string{"busy", "often"} { // in flight; used all the time
		if s.byKey[userKey(name)] == nil {
			t.Errorf("%s is forgotten", name)
		}
	}
	if s.byKey[userKey("user0")] != nil {
		t.Error("the oldest is remembered")
	}
}
