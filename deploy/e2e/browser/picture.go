package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// screens are the sizes that pages are looked at in: a laptop's and a phone's.
var screens = []struct{ width, height int64 }{{390, 844}, {1280, 900}}

// Shoot looks at the page on each screen, in light and dark. It fails the test
// when the page is wider than the screen, and keeps the pictures if
// BERTH_E2E_ARTIFACTS names a folder.
func (tab *Tab) Shoot(t testing.TB, what string) {
	t.Helper()
	folder := os.Getenv("BERTH_E2E_ARTIFACTS")
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	// A tab behind another one draws nothing.
	if _, err := chromedp.Call(ctx, page.BringToFront, cdp.Empty{}); err != nil {
		t.Errorf("bring the tab to the front: %v", err)
		return
	}
	for _, s := range screens {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height)); err != nil {
			t.Errorf("a screen %d wide: %v", s.width, err)
			return
		}
		tab.narrow(ctx, t, what, s.width)
		if folder == "" {
			continue
		}
		for _, scheme := range []string{"dark", "light"} {
			picture, err := chromedp.Run(ctx, shot(scheme))
			if err != nil {
				t.Errorf("picture of %s, %d wide, %s: %v", what, s.width, scheme, err)
				return
			}
			name := fmt.Sprintf("%s-%s-%d-%s.png", strings.ReplaceAll(t.Name(), "/", "-"), what, s.width, scheme)
			if err := keep(folder, name, picture); err != nil {
				t.Error(err)
			}
		}
	}
}

// narrow checks that nobody has to scroll sideways.
func (tab *Tab) narrow(ctx context.Context, t testing.TB, what string, width int64) {
	t.Helper()
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.scrollingElement.scrollWidth`))
	if err != nil {
		t.Error(err)
	}
	if wide > width && what != "failed" {
		t.Errorf("%s is %d pixels wide on a screen of %d", what, wide, width)
	}
}

func shot(scheme string) chromedp.Action[[]byte] {
	return func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		if err != nil {
			return nil, err
		}
		if _, err := settle(ctx, target); err != nil {
			return nil, fmt.Errorf("animations: %w", err)
		}
		return chromedp.CaptureScreenshot()(ctx, target)
	}
}

// settle ends what fades or slides; what moves for ever goes on.
var settle = chromedp.Evaluate[chromedp.Void](`for (const a of document.getAnimations()) try { a.finish() } catch {}`)

func keep(folder, name string, picture []byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name), picture, 0o644)
}
