package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch notes what goes wrong in a tab.
type watch struct {
	mu       sync.Mutex
	troubles []string
}

// listen starts the browser's reports of a tab.
func (w *watch) listen(ctx context.Context) error {
	return chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *page.EventJavascriptDialogOpening:
			// A page that asks whether to leave it is told yes.
			go func() {
				_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}()
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError {
				w.note("console: %s", words(e.Args))
			}
		case *runtime.EventExceptionThrown:
			text := e.ExceptionDetails.Text
			if o := e.ExceptionDetails.Exception; o != nil {
				text = o.Description
			}
			w.note("exception: %s", text)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError {
				w.note("browser: %s (%s)", e.Entry.Text, e.Entry.URL)
			}
		case *network.EventLoadingFailed:
			if !e.Canceled {
				w.note("request failed: %s %s", e.ErrorText, e.BlockedReason)
			}
		case *network.EventResponseReceived:
			if e.Response.Status >= 400 {
				w.note("answer %d: %s", e.Response.Status, e.Response.URL)
			}
		}
	})
}

func words(args []*runtime.RemoteObject) string {
	var list []string
	for _, a := range args {
		if a.Description != "" {
			list = append(list, a.Description)
			continue
		}
		list = append(list, string(a.Value))
	}
	return strings.Join(list, " ")
}

func (w *watch) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.troubles) < 200 {
		w.troubles = append(w.troubles, fmt.Sprintf(format, args...))
	}
}

func (w *watch) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.troubles)
}

// Quiet fails the test if anything has gone wrong in the tab since it was
// opened or since the last Quiet. Pages of berth are quiet; what an app does in
// its own pages is the app's.
func (tab *Tab) Quiet(t testing.TB) {
	t.Helper()
	tab.watch.mu.Lock()
	troubles := tab.watch.troubles
	tab.watch.troubles = nil
	tab.watch.mu.Unlock()
	for _, trouble := range troubles {
		t.Errorf("in the browser: %s", trouble)
	}
}

// Forget drops what has gone wrong so far: the test has provoked it.
func (tab *Tab) Forget() {
	tab.watch.mu.Lock()
	defer tab.watch.mu.Unlock()
	tab.watch.troubles = nil
}
