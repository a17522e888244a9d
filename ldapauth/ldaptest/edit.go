package ldaptest

import (
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// Add writes entries as the directory's root.
func (s *Server) Add(entries ...Entry) error {
	return s.asRoot(func(c *ldap.Conn) error {
		for _, e := range entries {
			req := ldap.NewAddRequest(e.DN, nil)
			for _, a := range e.Attributes {
				req.Attribute(a.Name, a.Values)
			}
			if err := c.Add(req); err != nil {
				return fmt.Errorf("add %s: %w", e.DN, err)
			}
		}
		return nil
	})
}

// Replace sets one attribute of an entry; without values it is removed.
func (s *Server) Replace(dn, attribute string, values ...string) error {
	return s.asRoot(func(c *ldap.Conn) error {
		req := ldap.NewModifyRequest(dn, nil)
		req.Replace(attribute, values)
		return c.Modify(req)
	})
}

// Delete removes an entry.
func (s *Server) Delete(dn string) error {
	return s.asRoot(func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest(dn, nil)) })
}

func (s *Server) asRoot(do func(*ldap.Conn) error) error {
	c, err := s.connect()
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return do(c)
}

func (s *Server) connect() (*ldap.Conn, error) {
	c, err := ldap.DialURL(s.URL)
	if err != nil {
		return nil, err
	}
	if err := c.Bind(rootDN, s.root); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}
