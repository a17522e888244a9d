package tunnel

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// LinkConfig configures an agent's end of the tunnel. Hello, Claim and Serve
// are required.
type LinkConfig struct {
	Hello Hello
	// Claim is called for every claim; what the hello says is filled in after.
	Claim func() Claim
	// Serve takes a connection into use and must close it. It runs on a goroutine
	// of its own. See Splice.
	Serve func(*Conn)
	// Manifest is told the answer to every accepted claim, one at a time.
	Manifest func(Manifest)
	// Stop is told that the app should end.
	Stop   func(reason string)
	Logger *slog.Logger // nil: nothing is logged

	backoff backoff // zero: the protocol's; tests hurry
	ping    time.Duration
	dead    time.Duration
}

// Link is an agent's end of the tunnel: one control connection to each gateway,
// and the data connections that these ask for.
type Link struct {
	config   LinkConfig
	instance string
	log      *slog.Logger
	box      *outbox

	mu      sync.Mutex
	wanted  map[string]context.CancelFunc // by gateway
	pins    []string
	uplinks []*uplink // connected, the primary one first
	work    sync.WaitGroup
	streams sync.WaitGroup
	open    atomic.Int64 // streams in use
	over    chan error   // the first final error
	told    sync.Mutex   // serialises config.Manifest
}

// NewLink makes a link that is not yet connected.
func NewLink(config LinkConfig) *Link {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.backoff.low == 0 {
		config.backoff = backoff{low: BackoffFirst, high: BackoffMost}
	}
	if config.ping == 0 {
		config.ping, config.dead = PingInterval, DeadAfter
	}
	l := &Link{
		config: config, instance: newID(), log: config.Logger,
		wanted: map[string]context.CancelFunc{}, over: make(chan error, 1),
	}
	l.box = newOutbox(l.notify)
	return l
}

// Run keeps the link up until ctx ends, which is no error, or a gateway ends it
// for good with a *Refused. When it returns every connection is closed and
// every Serve has returned.
func (l *Link) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer l.streams.Wait()
	defer l.work.Wait()
	defer cancel()
	l.follow(ctx, l.config.Hello.Gateways, l.config.Hello.Fingerprints)
	select {
	case err := <-l.over:
		return err
	case <-ctx.Done():
		return nil
	}
}

// follow makes the connections match the list of gateways.
func (l *Link) follow(ctx context.Context, urls, pins []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	l.pins = pins
	listed := map[string]bool{}
	for _, url := range urls {
		host, err := gatewayHost(url)
		if err != nil || listed[host] {
			continue
		}
		listed[host] = true
		if l.wanted[host] == nil {
			one, cancel := context.WithCancel(ctx)
			l.wanted[host] = cancel
			l.work.Go(func() { l.keep(one, ctx, host) })
		}
	}
	for host, cancel := range l.wanted {
		if !listed[host] {
			cancel()
			delete(l.wanted, host)
		}
	}
}

// keep holds a connection to one gateway until ctx ends. The connections in use
// outlive it: they end with whole.
func (l *Link) keep(ctx, whole context.Context, host string) {
	wait := l.config.backoff
	for ctx.Err() == nil {
		began, accepted := time.Now(), false
		u, err := l.connect(ctx, whole, host)
		if err == nil {
			accepted, began = true, time.Now()
			err = u.run(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		if isFinal(err) {
			select {
			case l.over <- err:
			default:
			}
			return
		}
		if accepted && time.Since(began) >= StableAfter {
			wait.reset()
		}
		d := wait.next()
		l.log.Warn("no connection to the gateway", "gateway", host, "err", err, "again_in", d.Round(time.Millisecond))
		pause(ctx, d)
	}
}

func (l *Link) connect(ctx, whole context.Context, host string) (*uplink, error) {
	l.mu.Lock()
	pins := l.pins
	l.mu.Unlock()
	d := dialer{host: host, config: clientTLS(pins)}
	claim := l.config.Claim()
	claim.Session, claim.Attempt, claim.Secret = l.config.Hello.Session, l.config.Hello.Attempt, l.config.Hello.Secret
	claim.Instance = l.instance
	ws, err := d.control(ctx, claim)
	if err != nil {
		return nil, err
	}
	return newUplink(whole, l, d, ws), nil
}

// Ready reports that the app answers.
func (l *Link) Ready(e Ready) { l.box.put(func() { l.box.ready = &e }) }

// Usage reports a sample. One that was not yet sent is replaced.
func (l *Link) Usage(e Usage) { l.box.put(func() { l.box.usage = &e }) }

// Exited reports the app's end. Flush afterwards.
func (l *Link) Exited(e Exited) { l.box.put(func() { l.box.exited = &e }) }

// Log reports a line of output, cut into several when it is too long. It never
// blocks: what nobody takes in time is dropped, oldest first, and counted.
func (l *Link) Log(stream, text string, at time.Time) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	for len(text) > MaxLogLine {
		cut := MaxLogLine
		for cut > 0 && text[cut]&0xC0 == 0x80 { // not inside a character
			cut--
		}
		l.box.log(LogLine{Stream: stream, Text: text[:cut], Time: at})
		text = text[cut:]
	}
	l.box.log(LogLine{Stream: stream, Text: text, Time: at})
}

// Flush waits until a gateway has taken everything reported so far.
func (l *Link) Flush(ctx context.Context) error { return l.box.flush(ctx) }

// Open is the number of connections in use.
func (l *Link) Open() int { return int(l.open.Load()) }

// notify wakes the connection that carries events: the one that is up longest.
func (l *Link) notify() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.uplinks) > 0 {
		l.uplinks[0].poke()
	}
}

func (l *Link) primary(u *uplink) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.uplinks) > 0 && l.uplinks[0] == u
}

func (l *Link) join(u *uplink) {
	l.mu.Lock()
	l.uplinks = append(l.uplinks, u)
	l.mu.Unlock()
	l.notify()
}

// leave hands what the connection has not delivered to the next one.
func (l *Link) leave(u *uplink) {
	first := l.primary(u)
	l.mu.Lock()
	l.uplinks = slices.DeleteFunc(l.uplinks, func(other *uplink) bool { return other == u })
	l.mu.Unlock()
	if first {
		l.box.lost()
	}
}

var errDrained = errors.New("the gateway is restarting")
