package fault

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// load is requests that are sent one after the other, each path by a worker of
// its own, until it is stopped.
type load struct {
	stop    chan struct{}
	workers sync.WaitGroup
	once    sync.Once

	mu      sync.Mutex
	answers []reply
}

// reply is one request's fate.
type reply struct {
	path        string
	sent, heard time.Time
	status      int // 0: none
	retryAfter  string
	err         error
	says        string
}

func (r reply) String() string {
	if r.err != nil {
		return fmt.Sprintf("%s after %s: %v", r.path, r.heard.Sub(r.sent).Round(time.Millisecond), r.err)
	}
	return fmt.Sprintf("%s after %s: %d (Retry-After %q) %s", r.path, r.heard.Sub(r.sent).Round(time.Millisecond), r.status, r.retryAfter, r.says)
}

func startLoad(t *testing.T, c *client.Client, paths ...string) *load {
	t.Helper()
	l := &load{stop: make(chan struct{})}
	for _, path := range paths {
		l.workers.Go(func() { l.run(t, c, path) })
	}
	t.Cleanup(func() { l.finish() })
	return l
}

func (l *load) run(t *testing.T, c *client.Client, path string) {
	ticker := time.NewTicker(30 * time.Millisecond)
	defer ticker.Stop()
	for {
		r := reply{path: path, sent: time.Now()}
		a, err := c.Try(t, http.MethodGet, path, nil)
		r.heard = time.Now()
		if r.err = err; err == nil {
			r.status, r.retryAfter = a.Status, a.Header.Get("Retry-After")
			if a.Status != http.StatusOK {
				r.says = a.String()
			}
		}
		l.mu.Lock()
		l.answers = append(l.answers, r)
		l.mu.Unlock()
		select {
		case <-l.stop:
			return
		case <-ticker.C:
		}
	}
}

// finish stops the load and returns what became of each request.
func (l *load) finish() fates {
	l.once.Do(func() { close(l.stop) })
	l.workers.Wait()
	return l.answers
}

// soFar is what was answered until now.
func (l *load) soFar() fates {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(fates{}, l.answers...)
}

// fates are what became of requests.
type fates []reply

// except drops those that are as they may be.
func (f fates) except(fine func(reply) bool) fates {
	var rest fates
	for _, r := range f {
		if !fine(r) {
			rest = append(rest, r)
		}
	}
	return rest
}

var errEarly = errors.New("it is too early to tell")

// ok is a request that was answered well.
func ok(r reply) bool { return r.status == http.StatusOK }

// longest is the longest that anybody waited.
func (f fates) longest() time.Duration {
	var most time.Duration
	for _, r := range f {
		most = max(most, r.heard.Sub(r.sent))
	}
	return most
}

// counts says how many had which status.
func (f fates) counts() string {
	n := map[string]int{}
	for _, r := range f {
		if r.err != nil {
			n["no answer"]++
		} else {
			n[fmt.Sprint(r.status)]++
		}
	}
	return fmt.Sprintf("%d requests %v, the longest %s", len(f), n, f.longest().Round(time.Millisecond))
}

func (f fates) String() string {
	var b strings.Builder
	for i, r := range f {
		if i == 5 {
			fmt.Fprintf(&b, "\n\tand %d more", len(f)-i)
			break
		}
		fmt.Fprintf(&b, "\n\t%s", r)
	}
	return b.String()
}

// underWay sends a request and returns when it was sent. The function returns
// what becomes of it: the status, 0 for none.
func underWay(t *testing.T, c *client.Client, path string) func() (int, error) {
	t.Helper()
	sent := make(chan struct{})
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(sent) }}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, c.Base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	type outcome struct {
		status int
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		response, err := c.HTTP.Do(request)
		if err != nil {
			done <- outcome{err: err}
			return
		}
		defer func() { _ = response.Body.Close() }()
		_, err = io.Copy(io.Discard, response.Body)
		done <- outcome{response.StatusCode, err}
	}()
	select {
	case <-sent:
	case o := <-done:
		done <- o
	}
	return func() (int, error) { o := <-done; return o.status, o.err }
}
