package e2e

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/browser"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// large is the size of the file that goes up and comes down.
const large = 200 << 20

// carryLargeFile uploads a file with Jupyter's upload button and downloads it
// again with its download button.
func carryLargeFile(t *testing.T, tab *browser.Tab, g *site.Gateway) {
	t.Helper()
	source := filepath.Join(t.TempDir(), "large.bin")
	sum := makeLarge(t, source)

	began := time.Now()
	tab.Upload(t, "#upload_span_input", source)
	tab.Click(t, ".modal.in .btn-primary") // yes, although it is large
	tab.Await(t, 30*time.Second, "the question to go", `!document.querySelector(".modal-backdrop")`)
	tab.Click(t, ".upload_button")
	tab.Await(t, 2*time.Minute, "the uploaded file in the list", `$("#notebook_list .list_item:not(.new-file)").toArray().some(e => $(e).data("name") === "large.bin") && !document.querySelector(".new-file")`)
	t.Logf("200 MB went up in %s", time.Since(began).Round(time.Millisecond))
	if up := sumOf(t, largeHome(g)); up != sum {
		t.Errorf("the file has changed on its way up: %s, not %s", up, sum)
	}

	began = time.Now()
	folder := t.TempDir()
	tab.DownloadTo(t, folder)
	browser.Script[chromedp.Void](t, tab, 10*time.Second, `$("#notebook_list .list_item").toArray().find(e => $(e).data("name") === "large.bin").querySelector("input[type=checkbox]").click()`)
	tab.Click(t, ".download-button")
	down := filepath.Join(folder, "large.bin")
	awaitFile(t, down, large)
	t.Logf("200 MB came down in %s", time.Since(began).Round(time.Millisecond))
	if got := sumOf(t, down); got != sum {
		t.Errorf("the file has changed on its way down: %s, not %s", got, sum)
	}
}

func largeHome(g *site.Gateway) string { return filepath.Join(g.Cluster.Home("alice"), "large.bin") }

// forgetLarge removes the uploaded file: that of a run that was interrupted now,
// this one's when the test is over.
func forgetLarge(t *testing.T, g *site.Gateway) {
	t.Helper()
	_ = os.Remove(largeHome(g))
	t.Cleanup(func() { _ = os.Remove(largeHome(g)) })
}

// makeLarge writes a file that does not compress and returns its SHA-256.
func makeLarge(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	out := bufio.NewWriterSize(f, 1<<20)
	source := rand.NewChaCha8([32]byte{200})
	if _, err := io.CopyN(io.MultiWriter(out, hash), source, large); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func sumOf(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// awaitFile waits until a download is there under its own name, whole.
func awaitFile(t *testing.T, path string, size int64) {
	t.Helper()
	await.That(t, 2*time.Minute, "the download", func() error {
		info, err := os.Stat(path)
		if err == nil && info.Size() != size {
			return fmt.Errorf("%d of %d bytes", info.Size(), size)
		}
		return err
	})
}
