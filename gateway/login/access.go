package login

import (
	"context"
	"net/http"
	"slices"
)

// Access is who may use a route.
type Access int

// The levels of access.
const (
	// Anyone needs no login.
	Anyone Access = iota
	// SignedIn is any login, and a token that may do what the method says: see
	// one's own things (GET), or start and stop one's own sessions.
	SignedIn
	// Admins are the people of an admin group, by a login, or by a token that may
	// do what the method says: see everything (GET), or do everything.
	Admins
	// Known is any login and any token, whatever it may do.
	Known
	// Apps is any login, and a token that may use the apps in its owner's sessions.
	Apps
	// TokenHolders is any login, and a token that may see (GET) or make and
	// delete its owner's tokens.
	TokenHolders
	// Stoppers is any login, and a token that may stop its owner's sessions.
	Stoppers
	// SessionAdmins are the people of an admin group, by a login, or by a token that
	// may see (GET) or stop everybody's sessions.
	SessionAdmins

	// The next are about somebody whom the path names: oneself, or for All
	// anybody. The handler compares them.

	// UserReaders see who somebody is.
	UserReaders
	// ServerUsers see (GET), start (POST, PUT, PATCH) and stop (DELETE) somebody's
	// sessions.
	ServerUsers
	// Reporters say that somebody is active.
	Reporters
	// Passwords is who may make tokens; or nobody who is known, whom the handler
	// then asks for a password.
	Passwords

	// UserListers, GroupReaders and HubReaders see the names of everybody, groups,
	// and what this hub is. Only admins do.
	UserListers
	GroupReaders
	HubReaders
)

// All is the scope with which the route may be used for everybody; "": it may
// not.
func (a Access) All(method string) Scope {
	switch {
	case a == UserReaders:
		return ReadUsers
	case a == ServerUsers && (method == http.MethodGet || method == http.MethodHead):
		return ReadServers
	case a == ServerUsers && method == http.MethodDelete:
		return StopServers
	}
	return ""
}

// ForAdmins reports whether only admins have it. For others there is nothing.
func (a Access) ForAdmins() bool { return a == Admins || a == SessionAdmins || a >= UserListers }

// Scope is what a token needs for a route of this access and the method; "":
// nothing.
func (a Access) Scope(method string) Scope {
	read := method == http.MethodGet || method == http.MethodHead
	switch a {
	case Anyone, Known:
		return ""
	case Apps:
		return OwnAccess
	case Stoppers:
		return OwnStop
	case UserReaders:
		return OwnUser
	case Reporters:
		return OwnActivity
	case Passwords:
		return OwnTokens
	case UserListers:
		return ListUsers
	case GroupReaders:
		return ReadGroups
	case HubReaders:
		return ReadHub
	case ServerUsers:
		switch {
		case read:
			return OwnRead
		case method == http.MethodDelete:
			return OwnStop
		}
		return OwnStart
	case TokenHolders:
		if read {
			return OwnReadTokens
		}
		return OwnTokens
	case SessionAdmins:
		if read {
			return ReadServers
		}
		return StopServers
	case Admins:
		if read {
			return ReadAdmin
		}
		return Admin
	}
	if read {
		return OwnRead
	}
	return OwnServers
}

// Caller is who makes a request, and by what proof.
type Caller struct {
	User User
	// LoginID is the login behind the browser's cookie, "" for an API token.
	LoginID string
	// TokenID is the API token, "" for a browser. A browser may do all that its
	// person may.
	TokenID   string
	TokenName string
	// Scopes are what the token was made for.
	Scopes []Scope
}

// May reports whether the caller may do what the scope names: the proof has it,
// and the person has the right at this moment.
func (c Caller) May(need Scope) bool {
	if need == "" {
		return true
	}
	return (need.Own() || c.User.Admin) && c.Has(need)
}

// Has reports whether the caller's proof has the scope, be the person an admin
// or not.
func (c Caller) Has(need Scope) bool {
	if c.TokenID == "" {
		return true
	}
	return slices.ContainsFunc(c.Scopes, func(s Scope) bool { return s.Includes(need) })
}

// MayOf reports whether the caller may do something with the things of a user:
// own is the scope for one's own things, all that for everybody's, "" if there is none.
func (c Caller) MayOf(user string, own, all Scope) bool {
	return (all != "" && c.May(all)) || (user == c.User.Name && c.May(own))
}

type callerKey struct{}

// WithCaller returns a context that knows who makes the request.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf says who makes the request; false for nobody.
func CallerOf(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}
