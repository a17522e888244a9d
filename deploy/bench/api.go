package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// api is the researcher at the gateway.
type api struct {
	base, token string
	http        *http.Client
}

// session is as much of a session as is needed here.
type session struct {
	ID, Owner, Name, State, Reason, Detail string
	JobID                                  string `json:"job_id"`
}

// anySuccess stands for every status from 200 to 299.
const anySuccess = 0

// signIn signs in through the form and makes an API token.
func signIn(ctx context.Context, base, user string) (*api, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	a := &api{base: base, http: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	form := url.Values{"username": {user}, "password": {user}}.Encode()
	if err := a.do(ctx, http.MethodPost, "/login", "application/x-www-form-urlencoded", strings.NewReader(form), http.StatusSeeOther, nil); err != nil {
		return nil, err
	}
	var made struct{ Token string }
	if err := a.send(ctx, http.MethodPost, "/api/v1/tokens", map[string]string{"name": "bench"}, http.StatusCreated, &made); err != nil {
		return nil, err
	}
	a.token, a.http.Jar = made.Token, nil
	return a, nil
}

func (a *api) send(ctx context.Context, method, path string, body any, status int, into any) error {
	if body == nil {
		return a.do(ctx, method, path, "", nil, status, into)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return a.do(ctx, method, path, "application/json", bytes.NewReader(text), status, into)
}

func (a *api) do(ctx context.Context, method, path, kind string, body io.Reader, status int, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	response, err := a.open(ctx, method, path, kind, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != status && (status != anySuccess || response.StatusCode/100 != 2) {
		return fmt.Errorf("%s %s answers %s: %.300s", method, path, response.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

func (a *api) open(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	return a.http.Do(request)
}

// ready launches a session, follows its events, and returns it when it is
// Ready.
func (a *api) ready(ctx context.Context, app, name string) (session, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var s session
	request := map[string]any{"name": name, "app": app, "queue": "cpu", "cpus": 2, "memory": "1G", "time_limit": "30m"}
	if err := a.send(ctx, http.MethodPost, "/api/v1/sessions", request, http.StatusCreated, &s); err != nil {
		return s, err
	}
	return a.follow(ctx, s, "Ready")
}

// follow reads a session's events until it is in the state.
func (a *api) follow(ctx context.Context, s session, state string) (session, error) {
	response, err := a.open(ctx, http.MethodGet, "/api/v1/sessions/"+s.ID+"/events", "", nil)
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return s, fmt.Errorf("the events answer %s", response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	event := ""
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || event != "state" {
			continue
		}
		var now session
		if err := json.Unmarshal([]byte(data), &now); err != nil {
			return s, err
		}
		switch now.State {
		case state:
			return now, nil
		case "Ended":
			return now, fmt.Errorf("the session has ended: %s (%s)", now.Reason, now.Detail)
		}
	}
	return s, errors.Join(errors.New("the events end"), lines.Err())
}

// stop ends a session and waits until it has ended.
func (a *api) stop(ctx context.Context, s session) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := a.send(ctx, http.MethodDelete, "/api/v1/sessions/"+s.ID, nil, anySuccess, nil); err != nil {
		return err
	}
	_, err := a.follow(ctx, s, "Ended")
	return err
}
