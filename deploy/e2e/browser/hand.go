package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// Click clicks the first element that the CSS selector finds, when it can be
// seen.
func (tab *Tab) Click(t testing.TB, selector string) {
	t.Helper()
	tab.Do(t, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Press clicks the first button, link or summary that has exactly this text and
// can be seen.
func (tab *Tab) Press(t testing.TB, text string) {
	t.Helper()
	tab.Do(t, chromedp.Click(chromedp.Search(
		`//*[self::button or self::a or self::summary or self::label][normalize-space(.)="`+text+`"]`), chromedp.NodeVisible))
}

// Type replaces what a field holds by typing.
func (tab *Tab) Type(t testing.TB, selector, text string) {
	t.Helper()
	tab.Do(t,
		chromedp.WaitVisible(chromedp.CSS(selector)),
		chromedp.Clear(chromedp.CSS(selector)),
		chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Text is the visible text of the first element that the CSS selector finds.
func (tab *Tab) Text(t testing.TB, selector string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector), chromedp.NodeReady))
	if err != nil {
		t.Fatalf("text of %s: %v", selector, err)
	}
	return text
}
