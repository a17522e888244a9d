package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClaimArrivesWhole(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	n := s.startNode(echo, func(c *LinkConfig) {
		c.Claim = func() Claim {
			return Claim{JobID: "12.pbs", Restarts: 2, App: AppReady, Host: "c1", PID: 99, AgentVersion: "1.2"}
		}
	})
	m := <-n.told
	connected := next[Connected](t, s.authority)
	want := Claim{
		Version: Version, Session: "s1", Attempt: 1, JobID: "12.pbs", Restarts: 2, App: AppReady, Host: "c1", PID: 99,
		AgentVersion: "1.2", Instance: n.instance, Secret: "right",
	}
	s.authority.set(func(a *authority) {
		got := a.claims[0]
		got.Remote = ""
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("the authority's claim (-want +got):\n%s", d)
		}
	})
	if connected.Claim.Secret != "" {
		t.Error("the claim secret is kept after the claim")
	}
	if m.Attempt != 3 || m.LinkSecret == "" {
		t.Errorf("manifest %v, attempt %d", m, m.Attempt)
	}
	info, ok := s.Connected("s1")
	if !ok || info.Attempt != 3 || info.Claim.JobID != "12.pbs" {
		t.Errorf("Connected: %+v, %v", info, ok)
	}
}

func TestOtherCertificateIsRefused(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	d := dialer{host: s.addr, config: clientTLS([]string{strings.Repeat("ab", 32)})}
	_, err := d.control(t.Context(), Claim{Session: "s1", Attempt: 1, Instance: "i", Secret: "right"})
	if !errors.Is(err, ErrFingerprint) {
		t.Fatalf("control with another pin: %v", err)
	}
	s.authority.set(func(a *authority) {
		if len(a.claims) != 0 {
			t.Error("the secret was sent to a gateway that is not the pinned one")
		}
	})
}

func TestSeveralPins(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	hello := s.hello()
	hello.Fingerprints = []string{strings.Repeat("ab", 32), strings.ToUpper(s.fingerprint)}
	n := startNode(t, hello, echo, nil)
	<-n.told
}

func TestWrongSecretEndsTheAgent(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	hello := s.hello()
	hello.Secret = "wrong"
	err := startNode(t, hello, echo, nil).outcome()
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != CodeRevoked || !refused.Final {
		t.Fatalf("Run: %v", err)
	}
	if strings.Contains(fmt.Sprint(err), "wrong\"") {
		t.Error("the error quotes the secret")
	}
}

func TestUndecidedClaimIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	tries := 0
	s.authority.refuse = func(Claim) error {
		if tries++; tries < 3 {
			return errors.New("the database is away, password=hunter2")
		}
		return nil
	}
	<-s.startNode(echo, nil).told
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: clientTLS([]string{s.fingerprint})}}
	t.Cleanup(client.CloseIdleConnections)
	good, err := Claim{Session: "s1", Attempt: 1, Instance: "i"}.encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path, method string
		header       map[string]string
		status       int
	}{
		"no version":      {ControlPath, "GET", map[string]string{HeaderClaim: good, "Authorization": "Bearer right"}, 426},
		"future version":  {ControlPath, "GET", map[string]string{HeaderVersion: "7", HeaderClaim: good, "Authorization": "Bearer right"}, 426},
		"no claim":        {ControlPath, "GET", map[string]string{HeaderVersion: "1", "Authorization": "Bearer right"}, 403},
		"no secret":       {ControlPath, "GET", map[string]string{HeaderVersion: "1", HeaderClaim: good}, 403},
		"a browser":       {ControlPath, "GET", map[string]string{HeaderVersion: "1", HeaderClaim: good, "Authorization": "Bearer right", "Origin": "https://evil"}, 403},
		"not a websocket": {ControlPath, "GET", map[string]string{HeaderVersion: "1", HeaderClaim: good, "Authorization": "Bearer right"}, 400},
		"post":            {ControlPath, "POST", map[string]string{HeaderVersion: "1", HeaderClaim: good, "Authorization": "Bearer right"}, 404},
		"elsewhere":       {"/", "GET", nil, 404},
		"data, no link":   {DataPath, "GET", map[string]string{"Authorization": "Bearer x", "Upgrade": DataProtocol}, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), c.method, "https://"+s.addr+c.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range c.header {
				req.Header.Set(k, v)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != c.status {
				t.Errorf("status %d, want %d", resp.StatusCode, c.status)
			}
		})
	}
}

func TestDataConnectionNeedsTheLinksSecret(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	n := s.startNode(echo, nil)
	m := <-n.told
	d := dialer{host: s.addr, config: clientTLS([]string{s.fingerprint})}
	if _, err := d.data(t.Context(), m.Link, "guess"); !isFinal(err) {
		t.Fatalf("data with a wrong secret: %v", err)
	}
	c, err := d.data(t.Context(), m.Link, m.LinkSecret)
	if err != nil {
		t.Fatalf("data with the right secret: %v", err)
	}
	_ = c.Close()
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	config := clientTLS([]string{s.fingerprint})
	config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", s.addr)
	if err == nil {
		_ = conn.Close()
		t.Fatal("TLS 1.2 was accepted")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	log := slog.New(slog.NewJSONHandler(&b, nil))
	h := Hello{Session: "s", Secret: "hunter2"}
	c := Claim{Session: "s", Secret: "hunter2"}
	m := Manifest{Session: "s", Token: "hunter2", LinkSecret: "hunter2", Files: map[string]string{"a": "hunter2"}}
	log.Info("x", "hello", h, "claim", c, "manifest", m, "secret", Secret("hunter2"))
	_, _ = fmt.Fprintf(&b, "%v %+v %#v %s", h, c, h.Secret, h.Secret)
	if strings.Contains(b.String(), "hunter2") {
		t.Error(b.String())
	}
}

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		offer          string
		oldest, newest int
		want           int
		ok             bool
	}{
		{"1", 1, 1, 1, true},
		{"2, 1", 1, 1, 1, true},
		{"2,1", 1, 2, 2, true},
		{"1", 1, 2, 1, true},
		{"3", 1, 2, 0, false},
		{"1", 2, 3, 0, false},
		{"", 1, 1, 0, false},
		{"x, -1", 1, 1, 0, false},
		{strings.Repeat("1,", 99), 1, 1, 0, false},
	} {
		got, ok := negotiate(c.offer, c.oldest, c.newest)
		if got != c.want || ok != c.ok {
			t.Errorf("negotiate(%.20q, %d, %d) = %d, %v", c.offer, c.oldest, c.newest, got, ok)
		}
	}
	if got := offer(3, 2); got != "3, 2" {
		t.Errorf("offer: %q", got)
	}
}
