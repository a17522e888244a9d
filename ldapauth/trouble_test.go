package ldapauth_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/ldapauth/ldaptest"
)

func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	s := shared(t)
	stranger := ldaptest.Start(t, ldaptest.Options{})
	for name, change := range map[string]func(*ldapauth.Config){
		"starttls, other authority": func(c *ldapauth.Config) { c.CAFile = stranger.CAFile },
		"ldaps, other authority":    func(c *ldapauth.Config) { c.CAFile = stranger.CAFile; c.URLs = []string{s.LDAPSURL} },
		"starttls, system's":        func(c *ldapauth.Config) { c.CAFile = "" },
		"starttls, other name":      func(c *ldapauth.Config) { c.ServerName = "ldap.example.org" },
		"ldaps, other name":         func(c *ldapauth.Config) { c.ServerName = "ldap.example.org"; c.URLs = []string{s.LDAPSURL} },
	} {
		cfg := searching(s)
		change(&cfg)
		_, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
		if got := outcome(t, err); got != "unavailable" || !strings.Contains(err.Error(), "x509") {
			t.Errorf("%s: %s: %v", name, got, err)
		}
	}
	cfg := searching(s)
	cfg.ServerName = "localhost"
	if _, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice"); err != nil {
		t.Errorf("a name that is in the certificate: %v", err)
	}
}

// A server that refuses StartTLS must not see a password.
func TestNoFallBackToPlain(t *testing.T) {
	t.Parallel()
	s := ldaptest.Start(t, ldaptest.Options{NoTLS: true})
	for name, base := range map[string]func(*ldaptest.Server) ldapauth.Config{"search": searching, "direct": direct} {
		cfg := base(s)
		var steps []ldapauth.Step
		ctx := ldapauth.WithSteps(t.Context(), func(st ldapauth.Step) { steps = append(steps, st) })
		_, err := authenticator(t, cfg).Authenticate(ctx, "alice", "alice")
		if got := outcome(t, err); got != "unavailable" {
			t.Errorf("%s: %s: %v", name, got, err)
		}
		for _, st := range steps {
			if st.Name == ldapauth.StepBindUser || st.Name == ldapauth.StepBindService {
				t.Errorf("%s: a password went over a connection without TLS", name)
			}
		}
		cfg.Transport = ldapauth.Plain
		if _, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice"); err != nil {
			t.Errorf("%s: plain, as was said: %v", name, err)
		}
	}
}

func TestFailover(t *testing.T) {
	t.Parallel()
	s := shared(t)
	dead := deadURL(t)
	cfg := searching(s)
	cfg.URLs = []string{dead, s.URL}
	a := authenticator(t, cfg)
	dials := func() (tried []string) {
		ctx := ldapauth.WithSteps(t.Context(), func(st ldapauth.Step) {
			if st.Name == ldapauth.StepDial {
				tried = append(tried, st.Text)
			}
		})
		if _, err := a.Authenticate(ctx, "alice", "alice"); err != nil {
			t.Error(err)
		}
		if _, err := a.Authenticate(t.Context(), "alice", "wrong"); outcome(t, err) != "invalid" {
			t.Error(err)
		}
		return tried
	}
	if got := dials(); len(got) != 2 || got[0] != dead || got[1] != s.URL {
		t.Errorf("first: tried %q", got)
	}
	if got := dials(); len(got) != 1 || got[0] != s.URL {
		t.Errorf("then: tried %q, want the good one first", got)
	}
	cfg.URLs = []string{dead, deadURL(t)}
	_, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
	if outcome(t, err) != "unavailable" || strings.Count(err.Error(), "connection refused") != 2 {
		t.Errorf("all down: %v", err)
	}
}

func TestServerComesBack(t *testing.T) {
	t.Parallel()
	s := ldaptest.Start(t, ldaptest.Options{})
	a := authenticator(t, searching(s))
	for range 2 {
		if _, err := a.Authenticate(t.Context(), "alice", "alice"); err != nil {
			t.Fatal(err)
		}
		if err := a.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Stop()
		_, err := a.Authenticate(t.Context(), "alice", "alice")
		if outcome(t, err) != "unavailable" {
			t.Fatal(err)
		}
		if err := a.Ping(t.Context()); outcome(t, err) != "unavailable" {
			t.Fatal(err)
		}
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
	}
}

// silent accepts connections and never answers.
func silent(t *testing.T) (url string, accepted <-chan struct{}) {
	t.Helper()
	l := listen(t)
	signal := make(chan struct{}, 16)
	var conns []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
			signal <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, c := range conns {
			_ = c.Close()
		}
	})
	return "ldap://" + l.Addr().String(), signal
}

func TestServerThatNeverAnswers(t *testing.T) {
	t.Parallel()
	url, _ := silent(t)
	for name, cfg := range map[string]ldapauth.Config{
		"starttls": {URLs: []string{url}, ConnectTimeout: 30 * time.Millisecond},
		"ldaps":    {URLs: []string{"ldaps" + strings.TrimPrefix(url, "ldap")}, ConnectTimeout: 30 * time.Millisecond},
		"plain":    {URLs: []string{url}, Transport: ldapauth.Plain, ReadTimeout: 30 * time.Millisecond},
	} {
		cfg.UserBaseDN = ldaptest.PeopleDN
		_, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
		if outcome(t, err) != "unavailable" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		cfg.ConnectTimeout, cfg.ReadTimeout = time.Hour, time.Hour
		_, err = authenticator(t, cfg).Authenticate(ctx, "alice", "alice")
		cancel()
		if outcome(t, err) != "unavailable" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s, the caller's deadline: %v", name, err)
		}
	}
}

// A caller that goes away is no reason to avoid the server.
func TestCancelledCaller(t *testing.T) {
	t.Parallel()
	s := shared(t)
	url, accepted := silent(t)
	cfg := searching(s)
	cfg.URLs = []string{url, s.URL}
	cfg.ConnectTimeout = time.Hour
	a := authenticator(t, cfg)
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-accepted
			cancel()
		}()
		_, err := a.Authenticate(ctx, "alice", "alice")
		if outcome(t, err) != "unavailable" || !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
}

// A connection that breaks anywhere in the conversation is taken up from the
// start with the next server; only the broken one is blamed.
func TestConnectionCutAnywhere(t *testing.T) {
	t.Parallel()
	s := shared(t)
	cfg := searching(s)
	cfg.Transport = ldapauth.Plain
	cfg.GroupBaseDN = ldaptest.GroupsDN
	answers := 0
	for cut := range 20 {
		url, cuts := cutAfter(t, s.URL, cut)
		cfg.URLs = []string{url, s.URL}
		a := authenticator(t, cfg)
		id, err := a.Authenticate(t.Context(), "alice", "alice")
		if err != nil || len(id.Groups) != 3 {
			t.Fatalf("cut after %d answers: %+v, %v", cut, id, err)
		}
		if cuts.Load() == 0 {
			answers = cut
			break
		}
		// Alone, there is nobody to go on with. (How the server's answers are cut
		// into reads varies, so the conversation may be over before the cut.)
		cfg.URLs = []string{url}
		before := cuts.Load()
		_, err = authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
		if got := outcome(t, err); (got == "unavailable") != (cuts.Load() > before) {
			t.Fatalf("cut after %d answers: %s: %v", cut, got, err)
		}
	}
	if answers < 4 { // bind, search, bind, bind, groups
		t.Errorf("the conversation was over after %d reads", answers)
	}
}

// cutAfter forwards connections and closes each when the server would be read
// from for the (n+1)th time.
func cutAfter(t *testing.T, target string, n int) (url string, cuts *atomic.Int32) {
	t.Helper()
	l := listen(t)
	cuts = new(atomic.Int32)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(target, "ldap://"))
			if err != nil {
				_ = client.Close()
				return
			}
			up := make(chan struct{})
			go func() { // ends when the client closes, or the line below closes it
				defer close(up)
				_, _ = io.Copy(server, client)
				_ = server.Close()
			}()
			buf := make([]byte, 64<<10)
			for i := 0; ; i++ {
				got, err := server.Read(buf)
				if err != nil {
					break
				}
				if i == n {
					cuts.Add(1)
					break
				}
				if _, err := client.Write(buf[:got]); err != nil {
					break
				}
			}
			_ = client.Close()
			<-up
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "ldap://" + l.Addr().String(), cuts
}

// The site's mistakes are not the user's.
func TestWrongConfigurationIsUnavailable(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for name, change := range map[string]func(*ldapauth.Config){
		"service password": func(c *ldapauth.Config) { c.BindPassword = "wrong" },
		"service DN":       func(c *ldapauth.Config) { c.BindDN = "cn=gone," + ldaptest.BaseDN },
		"user base":        func(c *ldapauth.Config) { c.UserBaseDN = "ou=gone," + ldaptest.BaseDN },
		"group base":       func(c *ldapauth.Config) { c.GroupBaseDN = "ou=gone," + ldaptest.BaseDN },
	} {
		cfg := searching(s)
		change(&cfg)
		_, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
		if got := outcome(t, err); got != "unavailable" {
			t.Errorf("%s: %s: %v", name, got, err)
		}
		if strings.Contains(err.Error(), s.BindPassword) {
			t.Errorf("%s: the error tells the service password", name)
		}
	}
}

// The account name would be what the person typed.
func TestEntryThatCannotBeReadIsNoIdentity(t *testing.T) {
	t.Parallel()
	blind := &scripted{
		bind:   func(string, string) (int, string) { return 0, "" },
		search: func(string, string) map[string]map[string][]string { return nil },
	}
	cfg := ldapauth.Config{
		URLs: []string{blind.start(t)}, Transport: ldapauth.Plain, DNTemplates: []string{"uid={username}," + ldaptest.PeopleDN},
	}
	_, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
	if got := outcome(t, err); got != "unavailable" {
		t.Errorf("%s: %v", got, err)
	}
}

// An answer without end is cut off, not held.
func TestAnswerWithoutEnd(t *testing.T) {
	t.Parallel()
	l := listen(t)
	const enough = 256 << 20
	sent := make(chan int, 1)
	go func() {
		total := 0
		defer func() { sent <- total }()
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		// A sequence of 2 GiB, of strings of 64 KiB.
		_, _ = c.Write([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff})
		part := append([]byte{0x04, 0x82, 0xff, 0xff}, make([]byte, 0xffff)...)
		for total < enough {
			n, err := c.Write(part)
			total += n
			if err != nil {
				return
			}
		}
	}()
	cfg := ldapauth.Config{URLs: []string{"ldap://" + l.Addr().String()}, Transport: ldapauth.Plain, UserBaseDN: ldaptest.PeopleDN}
	_, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
	if got := outcome(t, err); got != "unavailable" {
		t.Errorf("%s: %v", got, err)
	}
	_ = l.Close()
	if n := <-sent; n >= enough {
		t.Errorf("all of %d bytes were taken", n)
	}
}
