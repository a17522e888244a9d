package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"time"
)

// How the connection to the mail server is protected.
const (
	StartTLS  = "starttls" // and nothing is sent without
	TLS       = "tls"
	Cleartext = "none" // for a server on this machine
)

// Mailer sends mail by SMTP (RFC 5321).
type Mailer struct {
	Server         string // host:port
	From           mail.Address
	TLS            string // StartTLS, TLS or Cleartext
	User, Password string // "": not signed in
	Public, Site   string // the gateway's own URL, and the site's name
	Roots          *tls.Config
	Now            func() time.Time
}

// Send implements Channel. An owner without an address gets none.
func (m Mailer) Send(ctx context.Context, n Notice) error {
	to, err := mail.ParseAddress(n.Mail)
	if err != nil {
		return fmt.Errorf("%s has no mail address that could be used: %w", n.Owner, ErrNever)
	}
	err = m.deliver(ctx, to.Address, m.message(n, to.Address))
	if refusal, ok := errors.AsType[*textproto.Error](err); ok && refusal.Code >= 500 {
		return fmt.Errorf("the mail server refuses it: %w: %w", err, ErrNever)
	}
	return err
}

func (m Mailer) deliver(ctx context.Context, to string, message []byte) error {
	host, _, err := net.SplitHostPort(m.Server)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.Server)
	if err != nil {
		return fmt.Errorf("the mail server does not answer: %w", err)
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			return err
		}
	}
	secure := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if m.Roots != nil {
		secure.RootCAs = m.Roots.RootCAs
	}
	if m.TLS == TLS {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return fmt.Errorf("the mail server: %w", err)
	}
	defer func() { _ = c.Close() }()
	if m.TLS == StartTLS {
		if err := c.StartTLS(secure); err != nil {
			return fmt.Errorf("the mail server, STARTTLS: %w", err)
		}
	}
	if m.User != "" {
		if err := c.Auth(smtp.PlainAuth("", m.User, m.Password, host)); err != nil {
			return fmt.Errorf("the mail server does not let us in: %w", err)
		}
	}
	if err := c.Mail(m.From.Address); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // it is delivered
	return nil
}

// message is the mail (RFC 5322), with every value on one line of its own.
func (m Mailer) message(n Notice, to string) []byte {
	var b bytes.Buffer
	head := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	head("From", m.From.String())
	head("To", (&mail.Address{Address: to}).String())
	head("Subject", mime.QEncoding.Encode("utf-8", oneLine("["+m.Site+"] "+n.subject())))
	head("Date", m.Now().UTC().Format(time.RFC1123Z))
	_, domain, _ := bytes.Cut([]byte(m.From.Address), []byte("@"))
	head("Message-ID", "<"+n.id()+"@"+string(domain)+">")
	head("Auto-Submitted", "auto-generated")
	head("MIME-Version", "1.0")
	head("Content-Type", "text/plain; charset=utf-8")
	head("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(n.body(m.Public + "/sessions/" + string(n.Session)))) // to a buffer
	_ = q.Close()
	return b.Bytes()
}
