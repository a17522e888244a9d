package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

const (
	defaultClaimTimeout = 5 * time.Minute
	defaultStopGrace    = 10 * time.Second
	// reportLimit is how long the last report may take to arrive: the job holds
	// its GPUs meanwhile.
	reportLimit = 10 * time.Second
	// signalLag is how long after an app's end a signal to the job may still
	// arrive here: a scheduler sends it to app and agent in no order.
	signalLag = 200 * time.Millisecond
)

// agent is one run.
type agent struct {
	Config
	job  job
	host string
	link *tunnel.Link

	manifests chan tunnel.Manifest // the first one
	stops     chan struct{}        // the gateway said stop
	ended     chan error           // the link is over for good

	mu    sync.Mutex
	state string // tunnel.AppNone and so on, for claims
	app   *app
}

// Run claims the session, runs its app and returns when it is over. The error
// is nil when the app ended with 0 or a newer agent took over; *Exit when the
// app ended otherwise; anything else means that there was nothing to run.
func Run(ctx context.Context, config Config) error {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Hello.ClaimTimeout == 0 {
		config.Hello.ClaimTimeout = defaultClaimTimeout
	}
	a := &agent{
		Config: config, job: jobOf(config.Getenv), manifests: make(chan tunnel.Manifest, 1),
		stops: make(chan struct{}, 1), ended: make(chan error, 1),
	}
	if a.job.id == "" {
		return errors.New("this is no job: none of SLURM_JOB_ID, PBS_JOBID and LOCAL_JOB_ID is set")
	}
	a.host, _ = os.Hostname()
	if name := config.Getenv("SLURMD_NODENAME"); name != "" {
		a.host = name
	}
	a.link = tunnel.NewLink(tunnel.LinkConfig{
		Hello: config.Hello, Claim: a.claim, Serve: a.serve, Manifest: a.manifest, Stop: a.stop, Logger: config.Logger,
	})
	ctx, cancel := context.WithCancel(ctx)
	var link sync.WaitGroup
	link.Go(func() { a.ended <- a.link.Run(ctx) })
	defer link.Wait()
	defer cancel()
	return a.run(ctx)
}

// run waits for the manifest and then for the app.
func (a *agent) run(ctx context.Context) error {
	giveUp := time.NewTimer(a.Hello.ClaimTimeout)
	defer giveUp.Stop()
	select {
	case m := <-a.manifests:
		return a.runApp(ctx, m)
	case err := <-a.ended:
		return refusal(err)
	case <-giveUp.C:
		return fmt.Errorf("no gateway accepted the claim within %s", a.Hello.ClaimTimeout)
	case s := <-a.Signals:
		return &Exit{Code: 128 + number(s), Signal: number(s)}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refusal is what becomes of a link that was ended for good.
func refusal(err error) error {
	var refused *tunnel.Refused
	if errors.As(err, &refused) && refused.Code == tunnel.CodeSuperseded {
		return nil // a newer start of the job has taken over; this one is in nobody's way
	}
	if err == nil {
		return errLinkOver
	}
	return err
}

var errLinkOver = errors.New("the link to the gateway is over")

// runApp starts the app, stays with it to its end, and reports that.
func (a *agent) runApp(ctx context.Context, m tunnel.Manifest) error {
	p, err := startApp(a, m)
	if err != nil {
		a.Logger.Error("the app could not be started", "err", err)
		a.report(ctx, tunnel.Exited{At: time.Now(), Code: 127, Error: err.Error()})
		return &Exit{Code: 127}
	}
	defer p.remove()
	a.setApp(p, tunnel.AppStarting)
	measured := a.measure(ctx, p, m)
	cause, final := a.attend(ctx, p, m)
	measured()
	if final != nil {
		return refusal(final)
	}
	e := p.exited()
	e.Cause = cause
	a.Logger.Info("the app has ended", "code", e.Code, "signal", e.Signal, "cause", e.Cause)
	a.setApp(p, tunnel.AppExited)
	a.report(ctx, e)
	switch {
	case cause == tunnel.CauseStopped: // as it was asked to
		return nil
	case e.Signal > 0:
		return &Exit{Code: 128 + e.Signal, Signal: e.Signal}
	case e.Code > 0:
		return &Exit{Code: e.Code}
	}
	return nil
}

// attend returns when the app has ended: with the cause, when somebody else
// wanted it, or with the error by which the gateway ended the link for good.
func (a *agent) attend(ctx context.Context, p *app, m tunnel.Manifest) (cause string, final error) {
	ready, stopReady := p.whenReady(ctx, m)
	defer stopReady()
	late, stopLate := timer(m.Ready.Timeout)
	defer stopLate()
	due, stopDue := timer(untilDeadline(m))
	defer stopDue()
	for {
		select {
		case <-p.done:
			return a.latecomer(cause), nil
		case after := <-ready:
			late = nil
			a.setApp(p, tunnel.AppReady)
			a.link.Ready(tunnel.Ready{At: time.Now(), After: after})
		case <-late:
			cause = a.end(p, m, cause, tunnel.CauseNotReady)
		case <-due:
			cause = a.end(p, m, cause, tunnel.CauseDeadline)
		case <-a.stops:
			cause = a.end(p, m, cause, tunnel.CauseStopped)
		case <-a.Signals:
			cause = a.end(p, m, cause, tunnel.CauseSignal)
		case err := <-a.ended:
			p.kill()
			<-p.done
			if err == nil {
				err = errLinkOver
			}
			return cause, err
		case <-ctx.Done():
			p.kill()
			<-p.done
			return cause, ctx.Err()
		}
	}
}

// end begins the app's end and returns its first cause. Whoever asks again
// changes nothing.
func (a *agent) end(p *app, m tunnel.Manifest, first, cause string) string {
	if first != "" {
		return first
	}
	a.Logger.Info("ending the app", "cause", cause)
	grace := m.StopGrace
	if grace == 0 {
		grace = defaultStopGrace
	}
	p.terminate(grace)
	return cause
}

// latecomer waits a moment for the signal that ended the app to arrive here too.
func (a *agent) latecomer(cause string) string {
	if cause != "" {
		return cause
	}
	select {
	case <-a.Signals:
		return tunnel.CauseSignal
	case <-a.stops:
		return tunnel.CauseStopped
	case <-time.After(signalLag):
		return ""
	}
}

// measure reports what the job uses until the returned function is called.
func (a *agent) measure(ctx context.Context, p *app, manifest tunnel.Manifest) (stop func()) {
	m := &meter{
		root: "/", job: a.job.id, pid: os.Getpid(), gpus: newGPUMeter(a.Getenv, a.Environ(), a.Logger), app: newAppMeter(p, manifest),
	}
	every := a.sampleEvery
	if every == 0 {
		every = sampleEvery
	}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		m.watch(ctx, every, func(u tunnel.Usage) {
			u.Open = a.link.Open()
			a.link.Usage(u)
		})
	})
	return func() {
		cancel()
		work.Wait()
	}
}

// report delivers the last word, if a gateway can be reached in time.
func (a *agent) report(ctx context.Context, e tunnel.Exited) {
	ctx, cancel := context.WithTimeout(ctx, reportLimit)
	defer cancel()
	a.link.Exited(e)
	if err := a.link.Flush(ctx); err != nil {
		a.Logger.Warn("the app's end was not reported", "err", err)
	}
}

func (a *agent) setApp(p *app, state string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.app, a.state = p, state
}

// claim says where things stand; the link adds what the hello says.
func (a *agent) claim() tunnel.Claim {
	a.mu.Lock()
	defer a.mu.Unlock()
	return tunnel.Claim{
		JobID: a.job.id, Restarts: a.job.restarts, Uncounted: a.job.uncounted, App: a.state, Host: a.host, PID: os.Getpid(), AgentVersion: a.Version,
	}
}

// manifest takes the first manifest; the app is started once. From then on an
// agent that was not told which start of its job it is knows.
func (a *agent) manifest(m tunnel.Manifest) {
	a.mu.Lock()
	if a.job.uncounted {
		a.job.restarts, a.job.uncounted = max(m.Attempt-a.Hello.Attempt, 0), false
	}
	a.mu.Unlock()
	select {
	case a.manifests <- m:
	default:
	}
}

func (a *agent) stop(string) {
	select {
	case a.stops <- struct{}{}:
	default:
	}
}

// serve carries one connection to the app, or to a port beside it.
func (a *agent) serve(c *tunnel.Conn) {
	a.mu.Lock()
	p := a.app
	a.mu.Unlock()
	if p == nil {
		c.Reset()
		return
	}
	dial := p.dial
	if port := c.Port(); port != 0 {
		dial = func() (net.Conn, error) { return dialPort(port) }
	}
	conn, err := dial()
	if err != nil {
		a.Logger.Debug("the app takes no connection", "port", c.Port(), "err", err)
		c.Reset()
		return
	}
	tunnel.Splice(c, conn)
}

func number(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return int(n)
	}
	return 0
}

// untilDeadline is 0 for no deadline.
func untilDeadline(m tunnel.Manifest) time.Duration {
	if m.Deadline.IsZero() {
		return 0
	}
	return max(time.Until(m.Deadline), time.Millisecond)
}

// timer fires after d; never for 0.
func timer(d time.Duration) (<-chan time.Time, func()) {
	if d <= 0 {
		return nil, func() {}
	}
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}
