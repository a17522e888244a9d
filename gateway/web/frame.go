package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/berth-hpc/berth/gateway/login"
)

// frame is what every page has around its own content. Page structs embed it.
type frame struct {
	Site    string
	Contact contact
	Title   string // of the document, before the site's name
	Nav     string // which entry of the navigation is this page's: "sessions", "new", "tokens", "admin"
	Theme   string // "light", "dark" or "" for what the system prefers
	User    *login.User
	// Reload is after how many seconds a browser without JavaScript asks again;
	// 0: never.
	Reload int
	Narrow bool // one slim column: sign in, errors
	// Console is the navigation of the admins' pages, nil elsewhere; Here is the
	// name of its current entry.
	Console []consoleGroup
	Here    string
	Notes   []noteView // what admins announce
}

// framed lets the renderer reach the frame of any page.
type framed interface{ base() *frame }

func (f *frame) base() *frame { return f }

// contact is whom to ask, as a link where it can be one.
type contact struct{ Text, Href string }

func contactOf(text string) contact {
	text = strings.TrimSpace(text)
	switch u, err := url.Parse(text); {
	case err == nil && (u.Scheme == "https" || u.Scheme == "http" || u.Scheme == "mailto"):
		return contact{strings.TrimPrefix(text, "mailto:"), text}
	case strings.Contains(text, "@") && !strings.ContainsAny(text, " <>,;"):
		return contact{text, "mailto:" + text}
	}
	return contact{Text: text}
}

// frame begins a page for the request.
func (w *Web) frame(r *http.Request, title, nav string) frame {
	f := frame{Site: plain(w.Site.Name), Contact: contactOf(plain(w.Site.Contact)), Title: title, Nav: nav}
	if c, ok := login.CallerOf(r.Context()); ok {
		user := c.User
		f.User = &user
		f.Notes = w.notes(r)
	}
	if k, err := r.Cookie("theme"); err == nil && (k.Value == "light" || k.Value == "dark") {
		f.Theme = k.Value
	}
	return f
}

// Who is the name that the header greets.
func (f frame) Who() string {
	if f.User.DisplayName != "" {
		return plain(f.User.DisplayName)
	}
	return plain(f.User.Name)
}

// Initials are one or two letters for the header's disc.
func (f frame) Initials() string {
	words := strings.Fields(f.Who())
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return strings.ToUpper(string(first))
}
