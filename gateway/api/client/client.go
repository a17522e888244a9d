package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/session"
)

// most bounds an answer in bytes.
const most = 16 << 20

// Client talks to one gateway on somebody's behalf.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// Problem is a refusal, as the gateway words it (RFC 9457).
type Problem struct {
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Detail    string          `json:"detail"`
	RequestID string          `json:"request_id"`
	Errors    []session.Fault `json:"errors"`
	Limit     *api.Limit      `json:"limit"`
}

func (p *Problem) Error() string {
	text := p.Title
	if p.Detail != "" && len(p.Errors) == 0 {
		text += ": " + p.Detail
	}
	for _, f := range p.Errors {
		text += "\n  " + f.Message
	}
	return text
}

// ErrElsewhere means that the gateway's address leads to another host. The token
// was not sent there.
var ErrElsewhere = errors.New("the gateway sends us to another host")

// New makes a client of the gateway at the address. Without a token it can only
// sign in.
func New(base, token string) (*Client, error) {
	u, err := url.Parse(strings.TrimSuffix(base, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("%q is no gateway's address; it is like https://berth.example.org", base)
	}
	if u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q: only the host, please: %s://%s", base, u.Scheme, u.Host)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = 2 * time.Minute // a launch may wait for a slow scheduler
	return &Client{base: u, token: token, http: &http.Client{
		Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}, nil
}

// Base is the gateway's address.
func (c *Client) Base() string { return c.base.String() }

// do sends a request; the caller closes the answer's body. A status of 400 or
// more is an error.
func (c *Client) do(ctx context.Context, method, path string, body any, header http.Header) (*http.Response, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, content)
	if err != nil {
		return nil, err
	}
	request.Header = header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if request.Header.Get("Accept") == "" {
		request.Header.Set("Accept", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address is no news
		}
		return nil, fmt.Errorf("%s: %w", c.base.Host, err)
	}
	if answer.StatusCode >= 400 {
		defer func() { _ = answer.Body.Close() }()
		return nil, problemOf(answer)
	}
	if answer.StatusCode >= 300 {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("%w: %s", ErrElsewhere, answer.Header.Get("Location"))
	}
	return answer, nil
}

// call sends a request and reads the answer's JSON into into, unless that is nil.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	answer, err := c.do(ctx, method, path, body, nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, most)).Decode(into); err != nil {
		return fmt.Errorf("%s: its answer cannot be read: %w", c.base.Host, err)
	}
	return nil
}

func problemOf(answer *http.Response) error {
	p := &Problem{Status: answer.StatusCode, Title: http.StatusText(answer.StatusCode)}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if kind == "application/problem+json" {
		_ = json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(p) // what was read so far has to do
	}
	return p
}
