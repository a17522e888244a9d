package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/sql"
)

// register is where gateways find each other, in memory.
type register struct {
	names []string
	err   error
}

func (r *register) Heartbeat(context.Context, sql.Replica) error { return r.err }
func (r *register) Leave(context.Context, string) error          { return r.err }

func (r *register) Replicas(context.Context, time.Duration) ([]sql.Replica, error) {
	var list []sql.Replica
	for _, name := range r.names {
		list = append(list, replicaOf(name))
	}
	return list, r.err
}

func replicaOf(name string) sql.Replica {
	return sql.Replica{Name: name, URL: "https://" + name, Fingerprint: "pin of " + name}
}

// Agents hear of gateways that come and go, and keep those of which nothing was
// heard only because the database was away.
func TestReplicasAreFollowed(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	var heard []string
	store := &register{}
	r := &replicas{
		store: store, self: replicaOf("b"), now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler),
		announce: func(urls, pins []string) error {
			if len(urls) != len(pins) {
				t.Errorf("%v with %v", urls, pins)
			}
			heard = urls
			return nil
		},
	}
	look := func(after time.Duration, when string, err error, names []string, want ...string) {
		t.Helper()
		now = now.Add(after)
		store.names, store.err, heard = names, err, nil
		if got := r.look(t.Context()); !errors.Is(got, err) {
			t.Errorf("%s: %v", when, got)
		}
		if d := cmp.Diff(want, heard); d != "" {
			t.Errorf("%s, announced (-want +got):\n%s", when, d)
		}
	}
	down := errors.New("no database")
	if !r.alone() {
		t.Error("the first one is not alone")
	}
	look(0, "at first", nil, []string{"b"}, "https://b")
	look(heartbeat, "another", nil, []string{"a", "b"}, "https://a", "https://b")
	look(heartbeat, "nothing new", nil, []string{"a", "b"})
	if r.alone() {
		t.Error("one of two is alone")
	}
	if urls, _ := r.forJobs(); !slices.Equal(urls, []string{"https://b", "https://a"}) {
		t.Errorf("jobs are told of %v", urls)
	}
	look(heartbeat, "no database", down, nil)
	look(time.Minute, "no database still", down, nil)
	look(heartbeat, "the database is back, and only we have spoken", nil, []string{"b"})
	look(heartbeat, "a third comes", nil, []string{"b", "c"}, "https://a", "https://b", "https://c")
	look(silence, "the first is gone indeed", nil, []string{"b", "c"}, "https://b", "https://c")
}

func TestJobsAreToldOfSomeGateways(t *testing.T) {
	t.Parallel()
	r := &replicas{self: replicaOf("me")}
	for i := range 2 * tunnel.MaxGateways {
		r.known = append(r.known, replicaOf(string(rune('a'+i))))
	}
	r.known = append(r.known, r.self)
	urls, pins := r.forJobs()
	if len(urls) != tunnel.MaxGateways || len(pins) != len(urls) || urls[0] != "https://me" {
		t.Errorf("%d: %v", len(urls), urls)
	}
}
