package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/berth-hpc/berth/deploy/e2e/await"
)

// patience bounds what a page needs for one step.
const patience = 30 * time.Second

// Tab is a page that somebody looks at.
type Tab struct {
	ctx   context.Context
	watch *watch
	name  string
}

// Open opens an empty tab with cookies of its own and closes it with the test.
func Open(t testing.TB) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(need(t), chromedp.WithNewBrowserContext())
	return begin(ctx, t, cancel, t.Name())
}

func begin(ctx context.Context, t testing.TB, cancel func(), name string) *Tab {
	t.Helper()
	tab := &Tab{ctx: ctx, watch: &watch{}, name: name}
	t.Cleanup(cancel)
	if err := tab.watch.listen(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tab.show(t) })
	return tab
}

// show says where a failed test stood.
func (tab *Tab) show(t testing.TB) {
	if !t.Failed() {
		return
	}
	where, text := tab.Location(t), tab.evaluate(`document.body.innerText.slice(0, 1500)`)
	t.Logf("the tab is at %s and shows:\n%s\nwhat went wrong in it:\n%s", where, text, strings.Join(tab.watch.all(), "\n"))
	tab.Shoot(t, "failed")
}

// Do runs actions, each within the patience of a person.
func (tab *Tab) Do(t testing.TB, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for i, action := range actions {
		ctx, cancel := context.WithTimeout(tab.ctx, patience)
		err := chromedp.Do(ctx, action)
		cancel()
		if err != nil {
			t.Fatalf("step %d of %d: %v", i+1, len(actions), err)
		}
	}
}

// Go opens an address.
func (tab *Tab) Go(t testing.TB, address string) {
	t.Helper()
	tab.Do(t, chromedp.Navigate(address))
}

// Location is the page's address.
func (tab *Tab) Location(t testing.TB) string {
	t.Helper()
	return tab.evaluate("location.href")
}

// evaluate runs JavaScript that gives a text; an error is the text.
func (tab *Tab) evaluate(script string) string {
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	if err != nil {
		return err.Error()
	}
	return text
}

// Script runs JavaScript in the page, waits for a promise, and returns what it
// gives.
func Script[T any](t testing.TB, tab *Tab, within time.Duration, script string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("script %.80q: %v", script, err)
	}
	return value
}

// Await waits until a JavaScript expression is true. A page that is on its way
// to another one is asked again.
func (tab *Tab) Await(t testing.TB, within time.Duration, what, expression string) time.Duration {
	t.Helper()
	return await.That(t, within, what, func() error {
		ctx, cancel := context.WithTimeout(tab.ctx, patience)
		defer cancel()
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && !ok {
			err = errors.New("not so yet")
		}
		return err
	})
}

// AwaitLocation waits until the page's address has the text in it.
func (tab *Tab) AwaitLocation(t testing.TB, within time.Duration, part string) {
	t.Helper()
	await.That(t, within, "the address to have "+part, func() error {
		if at := tab.Location(t); !strings.Contains(at, part) {
			return fmt.Errorf("it is %s", at)
		}
		return nil
	})
}

// Popup runs an action that makes the page open a window, and returns that
// window's tab.
func (tab *Tab) Popup(t testing.TB, action chromedp.Action[chromedp.Void]) *Tab {
	t.Helper()
	opened := chromedp.WaitNewTarget(tab.ctx, func(info *target.Info) bool { return info.Type == "page" })
	tab.Do(t, action)
	select {
	case id, ok := <-opened:
		if !ok {
			t.Fatal("the tab is closed")
		}
		ctx, cancel := chromedp.NewContext(tab.ctx, chromedp.WithTargetID(id))
		return begin(ctx, t, cancel, tab.name+"/window")
	case <-time.After(patience):
		t.Fatalf("no window opened within %s", patience)
	}
	return nil
}
