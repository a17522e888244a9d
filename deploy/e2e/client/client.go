package client

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// Client is somebody who talks to a gateway: with a browser's cookies, with an
// API token, or as nobody.
type Client struct {
	Base  string // "http://127.0.0.1:8080"
	User  string
	Token string // "" for a browser
	HTTP  *http.Client
}

// Anonymous is nobody yet.
func Anonymous(t testing.TB, base string) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{Base: base, HTTP: &http.Client{
		Jar: jar, Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Trust makes the client believe in the certificate of a PEM file.
func (c *Client) Trust(t testing.TB, file string) {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %s", file)
	}
	c.HTTP.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// SignIn signs a demo user in through the form; the password is the name.
func SignIn(t testing.TB, base, user string) *Client {
	t.Helper()
	c := Anonymous(t, base)
	a := c.Login(t, user, user)
	if a.Status != http.StatusSeeOther {
		t.Fatalf("%s cannot sign in: %s", user, a)
	}
	c.User = user
	return c
}

// Login posts the sign-in form.
func (c *Client) Login(t testing.TB, user, password string) *Answer {
	t.Helper()
	return c.Form(t, "/login", url.Values{"username": {user}, "password": {password}})
}

// Cookies are the browser's cookies for the gateway.
func (c *Client) Cookies(t testing.TB) []*http.Cookie {
	t.Helper()
	u, err := url.Parse(c.Base)
	if err != nil {
		t.Fatal(err)
	}
	return c.HTTP.Jar.Cookies(u)
}

// WithToken makes an API token and returns who has it and nothing else.
func (c *Client) WithToken(t testing.TB) *Client {
	t.Helper()
	var made struct {
		Token string `json:"token"`
	}
	c.Send(t, http.MethodPost, "/api/v1/tokens", map[string]any{"name": "e2e"}).Must(t, http.StatusCreated, &made)
	if made.Token == "" {
		t.Fatal("a new token has no secret")
	}
	program := Anonymous(t, c.Base)
	program.User, program.Token = c.User, made.Token
	return program
}

// Form posts a form.
func (c *Client) Form(t testing.TB, path string, values url.Values) *Answer {
	t.Helper()
	return c.Raw(t, http.MethodPost, path, strings.NewReader(values.Encode()),
		"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html")
}

// Get reads a path.
func (c *Client) Get(t testing.TB, path string) *Answer {
	t.Helper()
	return c.Send(t, http.MethodGet, path, nil)
}

// Send sends a body as JSON, or none.
func (c *Client) Send(t testing.TB, method, path string, body any) *Answer {
	t.Helper()
	if body == nil {
		return c.Raw(t, method, path, nil)
	}
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return c.Raw(t, method, path, bytes.NewReader(data), "Content-Type", "application/json")
}

// Raw sends anything; headers come in pairs. A request that gets no answer ends
// the test.
func (c *Client) Raw(t testing.TB, method, path string, body io.Reader, headers ...string) *Answer {
	t.Helper()
	a, err := c.Try(t, method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Try is Raw for requests that may get no answer.
func (c *Client) Try(t testing.TB, method, path string, body io.Reader, headers ...string) (*Answer, error) {
	t.Helper()
	request, err := c.request(t, method, path, body, headers)
	if err != nil {
		return nil, err
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: the answer breaks off: %w", method, path, err)
	}
	return &Answer{What: method + " " + path, Status: response.StatusCode, Header: response.Header, Body: data}, nil
}

func (c *Client) request(t testing.TB, method, path string, body io.Reader, headers []string) (*http.Request, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, c.Base+path, body)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return request, nil
}
