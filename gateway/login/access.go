package login

import "context"

// Access is who may use a route.
type Access int

// The levels of access; each includes the ones before it.
const (
	Anyone   Access = iota // no login needed
	SignedIn               // any login or API token
	Admins                 // only people of an admin group
)

// Caller is who makes a request, and by what proof.
type Caller struct {
	User User
	// LoginID is the login behind the browser's cookie, "" for an API token.
	LoginID string
	// TokenID is the API token, "" for a browser.
	TokenID string
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
