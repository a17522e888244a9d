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
)

// ForAdmins reports whether only admins have it. For others there is nothing.
func (a Access) ForAdmins() bool { return a == Admins || a == SessionAdmins }

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
	TokenID string
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
// own is the scope for one's own things, all that for everybody's.
func (c Caller) MayOf(user string, own, all Scope) bool {
	return c.May(all) || (user == c.User.Name && c.May(own))
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
