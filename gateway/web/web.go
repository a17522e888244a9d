package web

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/gateway/hint"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
)

// Config is what the pages need. Only Drift, Log and Now may be
// left out.
type Config struct {
	Sessions *session.Lifecycle
	Board    *session.Board
	Hub      *session.Hub
	Logins   *login.Service
	// Drift compares for the admins' page; nil: there is nothing to compare.
	Drift DriftSource
	Admin Admin
	// Use is what sessions use, and Reports what they held and used; nil:
	// nothing is known.
	Use     UseSource
	Reports Reports
	// Hints say what can be done about an end. Default: the built-in ones.
	Hints hint.Table
	// Mail keeps who wants mail. Nil: nobody can have any.
	Mail MailChoices
	// Presets are the site's and people's. Default: none can be kept.
	Presets *preset.Shelf
	Site    Site
	Log     *slog.Logger
	Now     func() time.Time
}

// Site is how the installation presents itself.
type Site struct {
	Name    string // "Cluster Nova"; shown beside the product's name
	Secure  bool   // people reach the site over https
	Contact string // whom to ask: a mail address, a URL or words; "" for none
}

// Web serves the pages.
type Web struct {
	Config
	pages  map[string]*template.Template
	static *assets
	pace   pace
	crowd  crowd
	// planPace bounds how often people ask what a launch would do.
	planPace planPace
}

// pace is how often a stream does something; tests use a faster one.
type pace struct {
	beat   time.Duration // a stream that has nothing to say says so; also a re-read
	gap    time.Duration // between two renderings of one stream
	board  time.Duration // between two looks at the queues
	age    time.Duration // a stream's life, after which its reader asks again
	linger time.Duration // how long last log lines are waited for after the end
	stall  time.Duration // how long one write may take
}

// New parses the templates and prepares the static files.
func New(c Config) (*Web, error) {
	if c.Sessions == nil || c.Board == nil || c.Hub == nil || c.Logins == nil {
		return nil, errors.New("web: Sessions, Board, Hub and Logins are needed")
	}
	if !c.Admin.whole() {
		return nil, errors.New("web: all parts of Admin are needed")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Drift == nil {
		now := c.Now
		c.Drift = func(context.Context) (Drift, error) { return Drift{At: now()}, nil }
	}
	if c.Use == nil {
		c.Use = nothingUsed{}
	}
	if c.Reports == nil {
		c.Reports = nothingUsed{}
	}
	if c.Presets == nil {
		c.Presets = &preset.Shelf{Store: preset.None{}, Now: c.Now}
	}
	if c.Hints.Empty() {
		c.Hints = hint.Builtin()
	}
	if c.Site.Name == "" {
		c.Site.Name = "berth"
	}
	static, err := loadAssets()
	if err != nil {
		return nil, err
	}
	pages, err := parsePages(static)
	if err != nil {
		return nil, err
	}
	return &Web{Config: c, pages: pages, static: static, pace: pace{
		beat: 15 * time.Second, gap: 200 * time.Millisecond, board: 3 * time.Second,
		age: 10 * time.Minute, linger: 5 * time.Second, stall: 30 * time.Second,
	}}, nil
}
