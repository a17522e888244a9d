package gateway

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/berth-hpc/berth/gateway/hint"
	"github.com/berth-hpc/berth/gateway/hub"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/gateway/web"
)

// Config holds the parts of a Gateway.
type Config struct {
	Sessions *session.Lifecycle
	Board    *session.Board
	Hub      *session.Hub
	Logins   *login.Service

	// Use notes what sessions use; UseSource and Reports show it. Optional.
	Use       *usage.Recorder
	UseSource web.UseSource
	Reports   web.Reports

	// Hints say what can be done about a session's end. Default: the built-in ones.
	Hints hint.Table

	// Presets are the site's and people's launch requests. Optional.
	Presets *preset.Shelf

	// Mail keeps who wants mail about their sessions. Optional.
	Mail web.MailChoices

	// Ping asks the database whether it is there, for readiness.
	Ping func(context.Context) error

	// Drift compares anew for the admins' page. Optional.
	Drift web.DriftSource

	// People is who is known, for the API of JupyterHub.
	People hub.Store
	// Hold is how long a start by the API of JupyterHub is waited for. Default 10s.
	Hold time.Duration
	// Admin is what admins can do.
	Admin web.Admin

	// ClusterTypes says what each cluster runs: "slurm".
	ClusterTypes map[string]string

	SiteName  string
	Contact   string // whom to ask for help: a mail address or a link
	PublicURL string // "https://berth.example.org", no slash at the end
	Version   string

	Listen string // "127.0.0.1:8080"
	// PublicListener and AgentListener are used instead of Listen and AgentListen
	// if whoever started the process has opened them already. Optional.
	PublicListener, AgentListener net.Listener
	// Listening is called once both listeners are open. Optional.
	Listening func()
	// Certificate is asked for each connection, so that it may change. nil: plain
	// HTTP (behind a proxy, or a demo).
	Certificate func() *tls.Certificate
	// TrustedProxies may say who the client is in X-Forwarded-For and -Proto.
	TrustedProxies []netip.Prefix

	AgentListen      string
	AgentCertificate tls.Certificate
	// Key makes the tokens that apps run with: 32 random bytes, the same in
	// every gateway of an installation.
	Key []byte

	// Seen is told of every request that was answered. It returns at once.
	// Optional.
	Seen func(Seen)

	Now func() time.Time
	Log *slog.Logger
}

// secure says whether browsers reach the gateway by https.
func (c Config) secure() bool { return len(c.PublicURL) > 8 && c.PublicURL[:8] == "https://" }
