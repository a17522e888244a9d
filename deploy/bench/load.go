package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// clients ask for small things at the same time, each on a connection of its
// own that it keeps.
const clients = 32

// Bounds of one round of small requests.
const (
	warmUp       = 500 * time.Millisecond
	roundTime    = 3 * time.Second
	mostRequests = 1_000_000
)

// small measures small requests per second.
func small(ctx context.Context, t target) (float64, error) {
	if _, err := hammer(ctx, t, warmUp); err != nil {
		return 0, err
	}
	return hammer(ctx, t, roundTime)
}

func hammer(ctx context.Context, t target, lasting time.Duration) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	head := t.request("GET", "small", 0)
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	until := began.Add(lasting)
	for range clients {
		all.Go(func() {
			if err := ask(ctx, t, head, until, &done); err != nil {
				cancel(fmt.Errorf("%s: %w", t.name, err))
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	return float64(done.Load()) / took.Seconds(), nil
}

// ask is one client.
func ask(ctx context.Context, t target, head []byte, until time.Time, done *atomic.Int64) error {
	c, err := dial(ctx, t.addr, until.Add(30*time.Second))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for ctx.Err() == nil && time.Now().Before(until) {
		if _, err := c.Write(head); err != nil {
			return err
		}
		if _, err := c.answer(io.Discard); err != nil {
			return err
		}
		if done.Add(1) > mostRequests {
			return errors.New("more requests than a round may have")
		}
	}
	return nil
}

// bulk is how long one stream is, in bytes.
const bulk = 256 << 20

// bulkTime bounds one stream.
const bulkTime = 2 * time.Minute

// download measures one stream from the app, in MB/s (10^6).
func download(ctx context.Context, t target) (float64, error) {
	return stream(ctx, t, func(c *wire) error {
		if _, err := c.Write(t.request("GET", fmt.Sprintf("down?bytes=%d", bulk), 0)); err != nil {
			return err
		}
		n, err := c.answer(io.Discard)
		if err == nil && n != bulk {
			err = fmt.Errorf("%d of %d bytes came", n, bulk)
		}
		return err
	})
}

// upload measures one stream to the app.
func upload(ctx context.Context, t target) (float64, error) {
	return stream(ctx, t, func(c *wire) error {
		if _, err := c.Write(t.request("POST", "up", bulk)); err != nil {
			return err
		}
		block := make([]byte, 256<<10)
		for sent := 0; sent < bulk; sent += len(block) {
			if _, err := c.Write(block); err != nil {
				return err
			}
		}
		var got limited
		if _, err := c.answer(&got); err != nil {
			return err
		}
		if string(got) != fmt.Sprint(bulk) {
			return fmt.Errorf("%s of %d bytes arrived", got, bulk)
		}
		return nil
	})
}

// limited keeps a short answer.
type limited []byte

func (l *limited) Write(p []byte) (int, error) {
	if len(*l)+len(p) > 4096 {
		return 0, errors.New("the answer is too long")
	}
	*l = append(*l, p...)
	return len(p), nil
}

func stream(ctx context.Context, t target, carry func(*wire) error) (float64, error) {
	began := time.Now()
	c, err := dial(ctx, t.addr, began.Add(bulkTime))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", t.name, err)
	}
	defer func() { _ = c.Close() }()
	if err := carry(c); err != nil {
		return 0, fmt.Errorf("%s: %w", t.name, err)
	}
	return bulk / 1e6 / time.Since(began).Seconds(), nil
}
