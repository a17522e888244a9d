package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/berth-hpc/berth/gateway/login"
)

// caller finds out who makes a request: by an API token in Authorization, or in
// a WebSocket's address, or by the login cookie. errUnauthenticated: by nobody known.
func (g *Gateway) caller(ctx context.Context, r *http.Request) (login.Caller, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		secret, ok := bearer(header)
		if !ok {
			return login.Caller{}, errUnauthenticated
		}
		return g.tokenCaller(ctx, r, secret)
	}
	if secret, ok := urlToken(r); ok {
		return g.tokenCaller(ctx, r, secret)
	}
	cookie, err := r.Cookie(login.CookieName(g.secure()))
	if err != nil {
		return login.Caller{}, errUnauthenticated
	}
	l, err := g.Logins.FromCookie(ctx, cookie.Value)
	if err != nil {
		return login.Caller{}, unauthenticated(err)
	}
	return login.Caller{User: l.User, LoginID: l.ID}, nil
}

// tokenCaller finds out whose an API token is.
func (g *Gateway) tokenCaller(ctx context.Context, r *http.Request, secret string) (login.Caller, error) {
	ip, _ := g.client(r)
	user, token, err := g.Logins.FromToken(ctx, secret, ip)
	if err != nil {
		return login.Caller{}, unauthenticated(err)
	}
	return login.Caller{User: user, TokenID: token.ID, TokenName: token.Name, Scopes: token.Scopes}, nil
}

// bearer takes the token out of "Bearer x", or "token x" as Jupyter's clients
// write it.
func bearer(header string) (string, bool) {
	scheme, secret, ok := strings.Cut(header, " ")
	if !ok || (!strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "token")) {
		return "", false
	}
	secret = strings.TrimSpace(secret)
	return secret, secret != ""
}

// unauthenticated keeps a database that does not answer apart from a login
// that is not there.
func unauthenticated(err error) error {
	if errors.Is(err, login.ErrNotFound) {
		return errUnauthenticated
	}
	return err
}

// admit lets the caller through to a route, or says why not. Admins' pages are
// not there for others.
func admit(need login.Access, method string, caller login.Caller, err error) error {
	switch {
	case need == login.Anyone, need == login.Passwords && errors.Is(err, errUnauthenticated):
		return nil
	case err != nil:
		return err
	case need.ForAdmins() && !caller.User.Admin:
		return errNotFound
	}
	if scope := need.Scope(method); !caller.May(scope) && (need.All(method) == "" || !caller.May(need.All(method))) {
		return scopeMissing{scope}
	}
	return nil
}

// scopeMissing refuses a token that was not made for what it is used for.
type scopeMissing struct{ need login.Scope }

func (e scopeMissing) Error() string {
	return "this API token was not made for that; it would need the scope " + string(e.need)
}
