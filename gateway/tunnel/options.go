package tunnel

import (
	"log/slog"
	"time"
)

// Options configure a Registry. Only Authority is required.
type Options struct {
	Authority Authority
	Logger    *slog.Logger // nil: nothing is logged

	MinReserve int // parked connections of an idle session; 0: 1
	Reserve    int // parked connections to begin with; 0: 2
	MaxReserve int // parked connections of a busy session; 0: 32
	MaxParked  int // of all sessions together; 0: 65536
	MaxWaiters int // dials of one session that may wait at once; 0: 256
	MaxPending int // connections that have not proved themselves; 0: 1024

	clocks clocks // zero: the protocol's; tests hurry
}

// clocks are the spans of time that the gateway's end goes by.
type clocks struct {
	tick      time.Duration // how often links are looked after
	ping      time.Duration
	dead      time.Duration
	handshake time.Duration
	claim     time.Duration // for the authority's answer to a claim
	event     time.Duration // for the authority's answer to an event
	retry     time.Duration // first wait after an event was not taken
	shrink    time.Duration // between looks at an unused reserve
	idle      time.Duration // without a dial, until the reserve is the smallest
}

func (o Options) withDefaults() Options {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&o.MinReserve, 1)
	set(&o.Reserve, 2)
	set(&o.MaxReserve, 32)
	set(&o.MaxParked, 65536)
	set(&o.MaxWaiters, 256)
	set(&o.MaxPending, 1024)
	o.Reserve = max(o.Reserve, o.MinReserve)
	o.MaxReserve = max(o.MaxReserve, o.Reserve)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	span := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	span(&o.clocks.tick, time.Second)
	span(&o.clocks.ping, PingInterval)
	span(&o.clocks.dead, DeadAfter)
	span(&o.clocks.handshake, HandshakeLimit)
	span(&o.clocks.claim, 20*time.Second)
	span(&o.clocks.event, 20*time.Second)
	span(&o.clocks.retry, 500*time.Millisecond)
	span(&o.clocks.shrink, 20*time.Second)
	span(&o.clocks.idle, 3*time.Minute)
	return o
}
