package web

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/gateway/login"
)

// scopeChoice is one thing that a token can be made for, with its tick box.
type scopeChoice struct {
	Scope       login.Scope
	Words, Hint string
	Short       string // in a list: "see sessions"
	Admin       bool   // only admins are asked
	Checked     bool
}

// scopeChoices are the scopes that the page offers. The API knows finer ones.
var scopeChoices = []scopeChoice{
	{Scope: login.OwnRead, Words: "See your sessions", Short: "see sessions", Hint: "Their state, their logs, and what is free."},
	{Scope: login.OwnServers, Words: "Start and stop sessions", Short: "start and stop", Hint: "GPU time is spent in your name."},
	{Scope: login.OwnAccess, Words: "Use the apps in them", Short: "use apps", Hint: "Notebooks and kernels: with them, your files."},
	{Scope: login.OwnTokens, Words: "Manage your tokens", Short: "manage tokens", Hint: "New ones can do no more than this one."},
	{Scope: login.ReadAdmin, Words: "See what admins see", Short: "see as admin", Hint: "Everybody’s sessions, usage, limits, the audit log.", Admin: true},
	{Scope: login.Admin, Words: "Do what admins do", Short: "act as admin", Hint: "Stop sessions, set limits. Audited in your name.", Admin: true},
}

// usualScopes are ticked when the form is opened.
var usualScopes = []login.Scope{login.OwnRead, login.OwnServers, login.OwnAccess}

// choicesFor are the tick boxes that the person is shown.
func choicesFor(u login.User, checked []login.Scope) []scopeChoice {
	var list []scopeChoice
	for _, c := range scopeChoices {
		if c.Admin && !u.Admin {
			continue
		}
		c.Checked = slices.Contains(checked, c.Scope)
		list = append(list, c)
	}
	return list
}

// scopesInWords says what a token is for.
func scopesInWords(scopes []login.Scope) string {
	var words []string
	add := func(scope login.Scope, text string) {
		if slices.Contains(scopes, scope) {
			words = append(words, text)
		}
	}
	add(login.Inherit, "do all that you may")
	add(login.Self, "do all with what is your own")
	for _, c := range scopeChoices {
		add(c.Scope, c.Short)
	}
	for _, s := range scopes {
		offered := slices.ContainsFunc(scopeChoices, func(c scopeChoice) bool { return c.Scope == s })
		if !offered && s != login.Inherit && s != login.Self {
			add(s, plain(string(s)))
		}
	}
	return strings.Join(words, ", ")
}

// deadScopes reports whether the token has scopes that its owner has lost the
// right to.
func deadScopes(u login.User, scopes []login.Scope) bool {
	return !u.Admin && slices.ContainsFunc(scopes, func(s login.Scope) bool { return !s.Own() })
}
