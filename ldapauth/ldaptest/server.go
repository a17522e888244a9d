package ldaptest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const rootDN = "cn=root," + BaseDN

// Server is a private slapd.
type Server struct {
	URL      string // ldap://127.0.0.1:port
	LDAPSURL string // ldaps://127.0.0.1:port
	LDAPIURL string // ldapi://%2F...
	CAFile   string // the authority of its certificate

	BindDN, BindPassword string // the service account

	dir  string
	root string // the password of rootDN, random so that no other server answers for ours
	bin  paths
	proc *process
}

// Start runs a server until the test ends. Without slapd the test is skipped,
// or fails if the environment variable CI is set.
func Start(tb testing.TB, opts Options) *Server {
	tb.Helper()
	s, err := Launch(opts)
	if errors.Is(err, ErrMissing) && os.Getenv("CI") == "" {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Launch runs a server until Close.
func Launch(opts Options) (_ *Server, err error) {
	bin, err := findPaths()
	if err != nil {
		return nil, err
	}
	// Not below t.TempDir(): the path of a socket must stay under 108 bytes.
	dir, err := os.MkdirTemp("", "ldaptest")
	if err != nil {
		return nil, err
	}
	s := &Server{BindDN: ServiceDN, BindPassword: ServicePassword, dir: dir, root: rand.Text(), bin: bin}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := s.prepare(opts); err != nil {
		return nil, err
	}
	if err := s.startOnFreePorts(opts); err != nil {
		return nil, err
	}
	online := groups() // so that the overlay fills memberOf
	if opts.PasswordPolicy {
		online = append(online, policy())
	}
	return s, s.Add(append(online, opts.Extra...)...)
}

func (s *Server) prepare(opts Options) error {
	if !opts.NoTLS {
		if err := writeCerts(s.dir); err != nil {
			return err
		}
		s.CAFile = filepath.Join(s.dir, "ca.pem")
	}
	if err := os.Mkdir(filepath.Join(s.dir, "db"), 0o700); err != nil {
		return err
	}
	conf := filepath.Join(s.dir, "slapd.conf")
	if err := os.WriteFile(conf, []byte(s.bin.conf(s.dir, s.root, opts)), 0o600); err != nil {
		return err
	}
	add := exec.CommandContext(context.Background(), s.bin.slapadd, "-q", "-f", conf)
	add.Stdin = strings.NewReader(LDIF(people()))
	if out, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("slapadd: %w: %s", err, out)
	}
	return nil
}

// startOnFreePorts tries a few times, since anybody may take a free port before
// slapd does.
func (s *Server) startOnFreePorts(opts Options) (err error) {
	s.LDAPIURL = "ldapi://" + url.PathEscape(filepath.Join(s.dir, "ldapi"))
	for range 3 {
		var ports []string
		if ports, err = freePorts(2); err != nil {
			return err
		}
		s.URL = "ldap://" + ports[0]
		if !opts.NoTLS {
			s.LDAPSURL = "ldaps://" + ports[1]
		}
		if err = s.Restart(); err == nil {
			return nil
		}
	}
	return err
}

// freePorts asks the kernel for ports that nobody listens on now.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // after all are taken, so that they differ
		ports = append(ports, l.Addr().String())
	}
	return ports, nil
}

// Restart starts the server (again) on the same addresses and returns when it
// answers.
func (s *Server) Restart() error {
	s.Stop()
	listen := strings.TrimSpace(strings.Join([]string{s.URL, s.LDAPIURL, s.LDAPSURL}, " "))
	// Any -d keeps slapd in the foreground.
	proc, err := startProcess(s.bin.slapd, "-d", "0", "-h", listen, "-f", filepath.Join(s.dir, "slapd.conf"))
	if err != nil {
		return err
	}
	s.proc = proc
	deadline := time.After(20 * time.Second)
	for {
		c, err := s.connect()
		if err == nil {
			return c.Close()
		}
		select {
		case <-proc.exited:
			return fmt.Errorf("slapd ended: %s", proc.output.String())
		case <-deadline:
			return fmt.Errorf("slapd does not answer: %w: %s", err, proc.output.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Stop ends the server; Restart brings it back with its data.
func (s *Server) Stop() {
	if s.proc != nil {
		s.proc.stop()
		s.proc = nil
	}
}

// Close ends the server for good.
func (s *Server) Close() {
	s.Stop()
	_ = os.RemoveAll(s.dir)
}
