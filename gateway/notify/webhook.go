package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// SignatureHeader has, of each webhook request, "t=<Unix seconds>,v1=<hex>": the
// HMAC-SHA-256 with the site's secret of the seconds, a full stop, and the body.
const SignatureHeader = "Berth-Signature"

// Hook posts JSON to the site's URL.
type Hook struct {
	URL    string
	Secret []byte
	Public string // the gateway's own URL
	Now    func() time.Time
}

// message is the body of a webhook request.
type message struct {
	ID      string    `json:"id"` // the same when it is sent again
	Event   Kind      `json:"event"`
	At      time.Time `json:"at"`
	Session string    `json:"session"`
	Name    string    `json:"name"`
	Owner   string    `json:"owner"`
	App     string    `json:"app"`
	Reason  *string   `json:"reason"` // why it ended; null: it has not
	Text    string    `json:"text"`
	URL     string    `json:"url"`
}

// hookClient follows no redirects: they could lead anywhere.
var hookClient = &http.Client{
	Timeout:       sendLimit,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Send implements Channel. Any answer but 2xx is a failure.
func (h Hook) Send(ctx context.Context, n Notice) error {
	m := message{
		ID: n.id(), Event: n.Kind, At: n.At.UTC(), Session: string(n.Session), Name: n.Name, Owner: n.Owner,
		App: n.App, Text: oneLine(n.Text), URL: h.Public + "/sessions/" + string(n.Session),
	}
	if n.Kind == Ended {
		reason := string(n.Reason)
		m.Reason = &reason
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the webhook's URL: %w", ErrNever)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(SignatureHeader, Sign(h.Secret, h.Now(), body))
	answer, err := hookClient.Do(r)
	if err != nil {
		return fmt.Errorf("the webhook does not answer: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("the webhook answers %d", answer.StatusCode)
	}
	return nil
}

// Sign makes the value of SignatureHeader.
func Sign(secret []byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

func (n Notice) id() string { return string(n.Session) + "." + strconv.FormatInt(n.Event, 10) }
