package hub

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

// Base is the path that all of the API is under.
const Base = "/hub/api"

// Version is the JupyterHub whose API this is. Clients take the newest way that
// they know of it.
const Version = "5.5.1"

// Config is what the API is made of. All of it is needed, but for the times.
type Config struct {
	Sessions *session.Lifecycle
	Everyone *admin.Sessions // what admins do to everybody's sessions
	Signals  *session.Hub
	Logins   *login.Service
	Store    Store
	Log      *slog.Logger
	Now      func() time.Time
	// Berth is berth's own version.
	Berth     string
	PublicURL string // without a slash at its end

	// Hold is how long a request to start a server waits for it. Default 10s, as
	// JupyterHub does.
	Hold time.Duration
	// Patience is the same for clients that would give up soon after the answer.
	// Default 10m.
	Patience time.Duration
}

// Store is what is known of people, groups, and what sessions use.
type Store interface {
	// User reads one person; login.ErrNotFound.
	User(ctx context.Context, name string) (admin.Person, error)
	// People reads some of everybody, by name, without what they hold, and says
	// how many there are in all.
	People(ctx context.Context, offset, limit int) ([]admin.Person, int, error)
	// Memberships reads some of the groups that people are in, by name, with
	// their members, and says how many there are in all.
	Memberships(ctx context.Context, offset, limit int) ([]admin.Membership, int, error)
	// Members lists who is in a group; empty for a group that nobody is in.
	Members(ctx context.Context, group string) ([]string, error)
	// Usage is what is known of one session's use; session.ErrNotFound: nothing.
	Usage(ctx context.Context, id session.ID) (usage.Summary, error)
	// LiveUsage is the same of every live session.
	LiveUsage(ctx context.Context) (map[session.ID]usage.Summary, error)
}

// Hub holds the handlers.
type Hub struct {
	Config
	holds holds
}

// New makes the API. It fails when a part is missing.
func New(c Config) (*Hub, error) {
	if c.Sessions == nil || c.Everyone == nil || c.Signals == nil || c.Logins == nil || c.Store == nil || c.Log == nil || c.Now == nil {
		return nil, errors.New("hub: a part of the configuration is missing")
	}
	if c.Hold == 0 {
		c.Hold = 10 * time.Second
	}
	if c.Patience == 0 {
		c.Patience = 10 * time.Minute
	}
	return &Hub{Config: c, holds: holds{open: map[string]int{}, waits: map[waitKey]time.Time{}}}, nil
}
