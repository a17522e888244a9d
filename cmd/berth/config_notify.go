package main

import (
	"context"
	"net"
	"net/mail"
	"slices"
	"time"

	"github.com/berth-hpc/berth/gateway/notify"
)

// notifyConfig says how people are told of their sessions. Default: on the pages
// only.
type notifyConfig struct {
	Mail    mailConfig    `yaml:"mail"`
	Webhook webhookConfig `yaml:"webhook"`
}

// mailConfig is the mail server, for those who ask for mail.
type mailConfig struct {
	// Server is host:port. "": no mail.
	Server string `yaml:"server"`
	// From is the sender: berth@example.org, or "Name <berth@example.org>".
	From string `yaml:"from"`
	// TLS is starttls (default), tls, or none for a server on this machine.
	TLS string `yaml:"tls"`
	// User and PasswordFile sign in at the server. Default: nobody.
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`

	password string
	from     *mail.Address
}

// webhookConfig is a URL that hears of all sessions.
type webhookConfig struct {
	// URL gets a signed POST. "": none.
	URL string `yaml:"url"`
	// SecretFile holds what requests are signed with.
	SecretFile string `yaml:"secret_file"`

	secret string
}

func (c *notifyConfig) withDefaults() { text(&c.Mail.TLS, notify.StartTLS) }

func (k *checker) notify(c *fileConfig) {
	m, h := &c.Notify.Mail, &c.Notify.Webhook
	k.secret("notify.mail.password_file", m.PasswordFile, &m.password)
	k.secret("notify.webhook.secret_file", h.SecretFile, &h.secret)
	if h.URL != "" {
		k.url("notify.webhook.url", h.URL, "http", "https")
		if h.SecretFile == "" {
			k.fault("notify.webhook.secret_file", "is needed: requests are signed")
		} else if h.secret == "" {
			k.fault("notify.webhook.secret_file", "is empty, or cannot be read")
		}
	}
	if m.Server == "" {
		return
	}
	if host, port, err := net.SplitHostPort(m.Server); err != nil || host == "" || port == "" {
		k.fault("notify.mail.server", "must be like smtp.example.org:587, not %q", m.Server)
	}
	if !slices.Contains([]string{notify.StartTLS, notify.TLS, notify.Cleartext}, m.TLS) {
		k.fault("notify.mail.tls", "must be starttls, tls or none, not %q", m.TLS)
	}
	if m.TLS == notify.Cleartext && m.PasswordFile != "" {
		k.fault("notify.mail.tls", "none would send the password in the clear")
	}
	var err error
	if m.from, err = mail.ParseAddress(m.From); err != nil {
		k.fault("notify.mail.from", "must be an address like berth@example.org, not %q", m.From)
	}
}

// channels are those that the site has.
func (c *fileConfig) channels() map[string]notify.Channel {
	all := map[string]notify.Channel{}
	if m := c.Notify.Mail; m.Server != "" {
		all[notify.Mail] = notify.Mailer{
			Server: m.Server, From: *m.from, TLS: m.TLS, User: m.User, Password: m.password,
			Public: c.PublicURL, Site: c.SiteName, Now: time.Now,
		}
	}
	if h := c.Notify.Webhook; h.URL != "" {
		all[notify.Webhook] = notify.Hook{URL: h.URL, Secret: []byte(h.secret), Public: c.PublicURL, Now: time.Now}
	}
	return all
}

// notify tells people what has happened.
func (j *jobs) notify(ctx context.Context) (string, error) {
	return notify.Sender{Store: j.store, Channels: j.config.channels(), Now: time.Now, Log: j.log}.Run(ctx)
}
