package browser

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// flags make Chromium quiet: it asks nobody on the network anything.
var flags = []chromedp.ExecAllocatorOption{
	chromedp.NoFirstRun,
	chromedp.NoDefaultBrowserCheck,
	chromedp.Headless,
	chromedp.NoSandbox, // the private cluster runs as root
	chromedp.DisableGPU,
	chromedp.Flag("disable-quic", true),
	chromedp.Flag("disable-background-networking", true),
	chromedp.Flag("disable-component-update", true),
	chromedp.Flag("disable-sync", true),
	chromedp.Flag("disable-extensions", true),
	chromedp.Flag("disable-dev-shm-usage", true),
	chromedp.Flag("disable-background-timer-throttling", true),
	chromedp.Flag("disable-backgrounding-occluded-windows", true),
	chromedp.Flag("disable-renderer-backgrounding", true),
	chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter"),
	chromedp.Flag("disable-popup-blocking", true),
	chromedp.Flag("disable-prompt-on-repost", true),
	chromedp.Flag("force-color-profile", "srgb"),
	chromedp.Flag("password-store", "basic"),
	chromedp.WindowSize(1280, 900),
}

var (
	startOnce sync.Once
	running   context.Context // of the browser
	stop      func()
	startErr  error
)

// start starts the browser for the first test that needs one.
func start() {
	path, err := exec.LookPath("chromium")
	if err != nil {
		startErr = err
		return
	}
	profile, err := os.MkdirTemp("", "berth-e2e-chromium-")
	if err != nil {
		startErr = err
		return
	}
	options := append([]chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(profile)}, flags...)
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	stop = func() {
		end()
		endAllocator()
		_ = os.RemoveAll(profile)
	}
	if startErr = chromedp.Do(ctx); startErr != nil {
		stop()
		return
	}
	running = ctx
}

// need returns the browser, or skips the test where there is none, or fails it
// when CI is set.
func need(t testing.TB) context.Context {
	t.Helper()
	startOnce.Do(start)
	switch {
	case startErr == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("no Chromium: %v", startErr)
	default:
		t.Skipf("no Chromium: %v", startErr)
	}
	return running
}

// Stop ends the browser, if it was started. The last test calls it.
func Stop() {
	startOnce.Do(func() {})
	if running != nil {
		stop()
	}
}
