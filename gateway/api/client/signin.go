package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/berth-hpc/berth/gateway/api"
)

// ErrPassword means that user and password do not go together.
var ErrPassword = errors.New("the user name or the password is wrong")

// SignIn makes an API token of that name with a user's password, as a browser
// would: it signs in, makes the token and signs out. life is like "30d"; "" is
// the site's own. The client uses the token from then on.
func (c *Client) SignIn(ctx context.Context, user, password, name, life string) (api.NewToken, error) {
	var made api.NewToken
	jar, err := cookiejar.New(nil)
	if err != nil {
		return made, err
	}
	c.token, c.http.Jar = "", jar
	defer func() { c.http.Jar = nil }()
	if err := c.post(ctx, "/login", url.Values{"username": {user}, "password": {password}}); err != nil {
		return made, err
	}
	request := map[string]any{"name": name}
	if life != "" {
		request["expires_in"] = life
	}
	header := http.Header{"Origin": {c.base.String()}}
	answer, err := c.do(ctx, http.MethodPost, api.Base+"/tokens", request, header) //nolint:bodyclose // decode does
	if err != nil {
		return made, err
	}
	if err := decode(answer, &made); err != nil {
		return made, err
	}
	_ = c.post(ctx, "/logout", nil) // the login runs out by itself too
	c.token = made.Secret
	return made, nil
}

// post sends a form as a page of the gateway's would. A redirect is a success.
func (c *Client) post(ctx context.Context, path string, form url.Values) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", c.base.String())
	request.Header.Set("Accept", "application/json")
	answer, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", c.base.Host, errors.Unwrap(err))
	}
	defer func() { _ = answer.Body.Close() }()
	switch {
	case answer.StatusCode == http.StatusUnauthorized:
		return ErrPassword
	case answer.StatusCode >= 400:
		return problemOf(answer)
	case answer.StatusCode < 300:
		return ErrPassword // the form again
	}
	return nil
}
