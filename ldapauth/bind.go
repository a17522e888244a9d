package ldapauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// bindService binds as the service account, or anonymously without one. A
// refusal is never the user's fault.
func (d *Directory) bindService(ctx context.Context, c *conn) error {
	who := d.cfg.BindDN
	if who == "" {
		who = "(anonymous)"
	}
	end := begin(ctx, StepBindService)
	err := c.do(ctx, "bind as the service account", func() error {
		if d.cfg.BindDN == "" {
			return c.ldap.UnauthenticatedBind("")
		}
		return c.ldap.Bind(d.cfg.BindDN, d.cfg.BindPassword)
	})
	if err != nil {
		err = unavailable(c, "bind as the service account", err)
	}
	end(who, err)
	return err
}

// bindUser tries the user's password. Its error wraps ErrInvalidCredentials if
// the server has looked at the password or the account and said no.
func (d *Directory) bindUser(ctx context.Context, c *conn, dn, password string) error {
	end := begin(ctx, StepBindUser)
	err := d.tryPassword(ctx, c, dn, password)
	end(dn, err)
	return err
}

func (d *Directory) tryPassword(ctx context.Context, c *conn, dn, password string) error {
	if dn == "" || password == "" { // either would make the bind anonymous
		return fmt.Errorf("%w: empty DN or password", ErrInvalidCredentials)
	}
	var policy string
	err := c.do(ctx, "bind as the user", func() error {
		res, err := c.ldap.SimpleBind(ldap.NewSimpleBindRequest(dn, password,
			[]ldap.Control{ldap.NewControlBeheraPasswordPolicy()}))
		policy = policyError(res)
		return err
	})
	if err == nil && policy != "" {
		// The bind worked, but only for changing the password.
		return fmt.Errorf("%w: %s", ErrInvalidCredentials, policy)
	}
	var answer *ldap.Error
	if err == nil || !errors.As(err, &answer) {
		return err
	}
	if !refusesUser(answer.ResultCode) {
		return unavailable(c, "bind as the user", err)
	}
	detail := clip(err).Error()
	if policy != "" {
		detail = policy
	} else if reason := activeDirectoryReason(answer.Error()); reason != "" {
		detail = reason
	}
	return fmt.Errorf("%w: %s", ErrInvalidCredentials, detail)
}

// refusesUser says whether a bind's result code is about the user. Servers
// report locked, disabled and expired accounts under several codes (389-ds: 19
// and 53; OpenLDAP and Active Directory: 49); an entry without a password gives
// 48, a DN that is not there 32 from some servers.
func refusesUser(code uint16) bool {
	switch code {
	case ldap.LDAPResultInvalidCredentials,
		ldap.LDAPResultConstraintViolation,
		ldap.LDAPResultUnwillingToPerform,
		ldap.LDAPResultInappropriateAuthentication,
		ldap.LDAPResultNoSuchObject:
		return true
	}
	return false
}
