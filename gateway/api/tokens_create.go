package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/login"
)

// tokensCreate makes an API token and answers with its secret, this once.
func (a *API) tokensCreate(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	body, err := readObject(c)
	if err != nil {
		return err
	}
	request, err := readTokenRequest(body)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := a.bound(ctx, caller, &request); err != nil {
		return err
	}
	made, secret, err := a.logins.CreateToken(ctx, caller.User.Name, request.name, request.life)
	if bad := (*login.InvalidToken)(nil); errors.As(err, &bad) {
		field, asked := bad.Field, request.name
		if field == "ttl" {
			field, asked = "expires_in", batch.Duration(request.life).String()
		}
		return invalid(field, asked, "", "%s", bad.Reason)
	}
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, NewToken{Token: token(made), Secret: secret})
}

// bound keeps a token that is made with a token from outliving it: who got hold
// of one for an hour has access for that hour.
func (a *API) bound(ctx context.Context, caller login.Caller, r *tokenRequest) error {
	if caller.TokenID == "" {
		return nil
	}
	own, err := a.logins.ListTokens(ctx, caller.User.Name)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(own, func(t login.Token) bool { return t.ID == caller.TokenID })
	if i >= 0 && own[i].ExpiresAt.IsZero() {
		return nil
	}
	var left time.Duration // none, if it was deleted a moment ago
	if i >= 0 {
		left = own[i].ExpiresAt.Sub(a.now())
	}
	if left <= 0 {
		return invalid("", "", "", "the token that asks for another one has ended")
	}
	if r.life > left {
		return invalid("expires_in", batch.Duration(r.life).String(), "up to "+batch.Duration(left.Truncate(time.Second)).String(),
			"what a token makes cannot outlive it, and this one ends at %s", own[i].ExpiresAt.UTC().Format(time.RFC3339))
	}
	if r.life == 0 {
		r.life = left
	}
	return nil
}
