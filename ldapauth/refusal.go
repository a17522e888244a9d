package ldapauth

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/go-ldap/ldap/v3"
)

// policyError reads the password policy response control
// (draft-behera-ldap-password-policy-10 section 6.2); "" for none. Warnings
// such as a password that expires soon are not errors.
func policyError(res *ldap.SimpleBindResult) string {
	if res == nil {
		return ""
	}
	for _, c := range res.Controls {
		if p, ok := c.(*ldap.ControlBeheraPasswordPolicy); ok && p.Error >= 0 {
			return "password policy: " + strings.ToLower(p.ErrorString)
		}
	}
	return ""
}

// Active Directory puts the Win32 error into the diagnostic message of result
// 49, as "... comment: AcceptSecurityContext error, data 775, v4563"; see
// "System Error Codes" in the Windows documentation (1317, 1326, 1328, ...).
var adData = regexp.MustCompile(`AcceptSecurityContext error, data ([0-9a-fA-F]{1,8})\b`)

var adReasons = map[string]string{
	"525": "no such user",
	"52e": "wrong password",
	"530": "may not sign in at this time",
	"531": "may not sign in at this workstation",
	"532": "the password has expired",
	"533": "the account is disabled",
	"701": "the account has expired",
	"773": "the password must be changed first",
	"775": "the account is locked",
}

func activeDirectoryReason(message string) string {
	if m := adData.FindStringSubmatch(message); m != nil {
		return adReasons[strings.ToLower(m[1])]
	}
	return ""
}

// clipped is an error whose text is safe for one line of a log: servers choose
// their diagnostic messages.
type clipped struct {
	err  error
	text string
}

func (c *clipped) Error() string { return c.text }
func (c *clipped) Unwrap() error { return c.err }

func clip(err error) error {
	// go-ldap ends with a colon when the server has nothing to add.
	return &clipped{err: err, text: strings.TrimRight(clean(err.Error(), 300), ": ")}
}

// clean makes one line of printable UTF-8 of at most limit bytes.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	return strings.TrimSpace(s)
}
