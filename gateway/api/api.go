package api

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
)

// Base is the path that all of the API is under.
const Base = "/api/v1"

// Config is what the API is made of. All of it is needed, but for ClusterTypes,
// Usage and Presets.
type Config struct {
	Sessions *session.Lifecycle
	Board    *session.Board
	Hub      *session.Hub
	Logins   *login.Service
	Admin    Admin
	Log      *slog.Logger
	Now      func() time.Time
	// Version is berth's own, as the OpenAPI document names it.
	Version string
	// PublicURL is where browsers find the gateway: "https://berth.example.org",
	// with the path prefix if there is one.
	PublicURL string
	// ClusterTypes says what kind of batch system each cluster is: "slurm", "pbs".
	ClusterTypes map[string]string
	// Usage makes reports. Optional.
	Usage Reports
	// Presets are the site's and people's. Optional: without, there are none.
	Presets *preset.Shelf
}

// API holds the handlers.
type API struct {
	sessions *session.Lifecycle
	board    *session.Board
	hub      *session.Hub
	logins   *login.Service
	admin    Admin
	log      *slog.Logger
	now      func() time.Time
	types    map[string]string
	public   string // PublicURL without a slash at its end
	document []byte // openapi.json, with this site's version and address
	streams  streams
	reports  Reports
	presets  *preset.Shelf
}

// New makes the API. It fails when a part is missing or PublicURL is not the
// address of a site.
func New(c Config) (*API, error) {
	if c.Sessions == nil || c.Board == nil || c.Hub == nil || c.Logins == nil || !c.Admin.whole() || c.Log == nil || c.Now == nil {
		return nil, errors.New("api: a part of the configuration is missing")
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("api: the public URL is not like https://berth.example.org")
	}
	a := &API{
		sessions: c.Sessions, board: c.Board, hub: c.Hub, logins: c.Logins, admin: c.Admin, log: c.Log, now: c.Now,
		types: c.ClusterTypes, public: strings.TrimRight(c.PublicURL, "/"),
		streams: streams{most: MaxStreams, open: map[string]int{}},
	}
	if a.reports = c.Usage; a.reports == nil {
		a.reports = noReports{}
	}
	if a.presets = c.Presets; a.presets == nil {
		a.presets = &preset.Shelf{Store: preset.None{}, Now: c.Now}
	}
	a.document, err = document(c.Version, a.public)
	return a, err
}
