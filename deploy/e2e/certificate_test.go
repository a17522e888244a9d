package e2e

import (
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestNewCertificate changes the certificate under a gateway that speaks https
// itself, and tells it so with SIGHUP, as systemctl reload does.
func TestNewCertificate(t *testing.T) {
	t.Parallel()
	folder := ""
	g := site.Start(t, "https", func(c *site.Config) {
		folder = filepath.Dir(c.PasswordFile)
		c.URL, c.Certificate = "https://"+c.Listen, site.MakeCertificate(t, folder)
	})
	before := client.Anonymous(t, g.URL)
	before.Trust(t, g.Certificate)
	before.Get(t, "/healthz").Must(t, http.StatusOK, nil)

	pid := g.PID()
	site.MakeCertificate(t, folder)
	if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	after := client.Anonymous(t, g.URL)
	after.Trust(t, g.Certificate)
	await.That(t, 9*time.Second, "the new certificate", func() error {
		_, err := after.Try(t, http.MethodGet, "/healthz", nil)
		return err
	})
	// What is under way goes on, and who knows only the former one is refused.
	before.Get(t, "/healthz").Must(t, http.StatusOK, nil)
	before.HTTP.CloseIdleConnections()
	if a, err := before.Try(t, http.MethodGet, "/healthz", nil); err == nil {
		t.Errorf("the former certificate still serves: %s", a)
	}
	if g.PID() != pid {
		t.Error("the gateway has restarted")
	}
}
