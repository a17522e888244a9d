package browser

import (
	"context"
	"testing"

	protocol "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Upload chooses a file in a file field.
func (tab *Tab) Upload(t testing.TB, selector, path string) {
	t.Helper()
	tab.Do(t, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}, chromedp.NodeReady))
}

// DownloadTo makes the tab, and the windows that it opens, save what they
// download in a folder, under its own name.
func (tab *Tab) DownloadTo(t testing.TB, folder string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	_, err := chromedp.CallBrowser(ctx, protocol.SetDownloadBehavior, protocol.SetDownloadBehaviorParams{
		Behavior:         protocol.SetDownloadBehaviorBehaviorAllow,
		BrowserContextID: chromedp.FromContext(tab.ctx).BrowserContextID,
		DownloadPath:     folder,
	})
	if err != nil {
		t.Fatal(err)
	}
}
