package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// screens are the sizes that pages are looked at in: a laptop's and a phone's.
var screens = []struct{ width, height int64 }{{390, 844}, {1280, 900}}

// Shoot looks at the page on each screen, in light and dark. It fails the test
// when the page is wider than the screen, and keeps the pictures if
// BERTH_E2E_ARTIFACTS names a folder.
func (tab *Tab) Shoot(t testing.TB, page string) {
	t.Helper()
	folder := os.Getenv("BERTH_E2E_ARTIFACTS")
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	for _, s := range screens {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height)); err != nil {
			t.Error(err)
			return
		}
		tab.narrow(ctx, t, page, s.width)
		if folder == "" {
			continue
		}
		for _, scheme := range []string{"dark", "light"} {
			picture, err := chromedp.Run(ctx, shot(scheme))
			if err != nil {
				t.Error(err)
				return
			}
			name := fmt.Sprintf("%s-%s-%d-%s.png", strings.ReplaceAll(t.Name(), "/", "-"), page, s.width, scheme)
			if err := keep(folder, name, picture); err != nil {
				t.Error(err)
			}
		}
	}
}

// narrow checks that nobody has to scroll sideways.
func (tab *Tab) narrow(ctx context.Context, t testing.TB, page string, width int64) {
	t.Helper()
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.scrollingElement.scrollWidth`))
	if err != nil {
		t.Error(err)
	}
	if wide > width && page != "failed" {
		t.Errorf("%s is %d pixels wide on a screen of %d", page, wide, width)
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
		return chromedp.CaptureScreenshot()(ctx, target)
	}
}

func keep(folder, name string, picture []byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name), picture, 0o644)
}
