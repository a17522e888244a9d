package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/berth-hpc/berth/gateway/api"
)

// decode reads the answer's JSON and closes it.
func decode(answer *http.Response, into any) error {
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(answer.Body, most)).Decode(into); err != nil {
		return fmt.Errorf("the gateway's answer cannot be read: %w", err)
	}
	return nil
}

// Me is who the client acts for.
func (c *Client) Me(ctx context.Context) (api.Me, error) {
	var me api.Me
	return me, c.call(ctx, http.MethodGet, api.Base+"/me", nil, &me)
}

// Launch asks for a session. Fields are those of a launch request.
func (c *Client) Launch(ctx context.Context, fields map[string]string) (api.Session, error) {
	var s api.Session
	return s, c.call(ctx, http.MethodPost, api.Base+"/sessions", fields, &s)
}

// Sessions lists the owner's sessions, newest first: the live ones, or all up to
// limit.
func (c *Client) Sessions(ctx context.Context, all bool, limit int) ([]api.Session, error) {
	query := url.Values{"state": {"live"}}
	if all {
		query.Set("state", "all")
	}
	var found []api.Session
	for {
		var page api.SessionList
		if err := c.call(ctx, http.MethodGet, api.Base+"/sessions?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		found = append(found, page.Sessions...)
		if page.Next == nil || len(page.Sessions) == 0 || len(found) >= limit {
			return found[:min(len(found), limit)], nil
		}
		query.Set("after", *page.Next)
	}
}

// Find is the session of that name or id: the live one, or else the newest.
func (c *Client) Find(ctx context.Context, name string) (api.Session, error) {
	const near = 1000 // the newest ones
	for _, all := range []bool{false, true} {
		found, err := c.Sessions(ctx, all, near)
		if err != nil {
			return api.Session{}, err
		}
		for _, s := range found {
			if s.Name == name || string(s.ID) == name {
				return s, nil
			}
		}
	}
	return api.Session{}, fmt.Errorf("you have no session %q", name)
}

// Stop asks for the session's end.
func (c *Client) Stop(ctx context.Context, s api.Session) error {
	return c.call(ctx, http.MethodDelete, api.Base+"/sessions/"+url.PathEscape(string(s.ID)), nil, nil)
}

// Log reads the newest lines of what the session's job printed.
func (c *Client) Log(ctx context.Context, s api.Session, lines int) ([]api.LogLine, error) {
	var log api.LogLines
	err := c.call(ctx, http.MethodGet, fmt.Sprintf("%s/sessions/%s/log?tail=%d", api.Base, url.PathEscape(string(s.ID)), lines), nil, &log)
	return log.Lines, err
}
