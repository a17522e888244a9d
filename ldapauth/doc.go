// Package ldapauth signs people in against an LDAP directory and reads what
// the directory knows of them.
//
// Directory is the conversation: it dials one of several URLs, secures the
// connection, binds and searches, always under a context. Authenticator is the
// policy over it: which names are names at all, how an entry is found, which
// groups let somebody in and which make an admin.
//
// Authenticate has one of four results and no other:
//
//   - an Identity;
//   - ErrInvalidCredentials: no such user, a wrong or empty password, a locked
//     account, or a name that cannot be a user name. All of them look the same
//     to the person; the error's text, which is for the log, tells them apart;
//   - ErrNotAllowed: the password is right, but no group lets the user in;
//   - ErrUnavailable: the directory did not answer, or answered in a way that
//     says nothing about the user.
//
// An empty password and a name that fails the pattern never reach the network.
// (An LDAP simple bind with an empty password succeeds as an "unauthenticated
// bind", RFC 4513 section 5.1.2, which would let anybody in.) Names enter
// filters and DNs escaped (RFC 4515, RFC 4514). Referrals are not followed.
// Passwords appear in no error, log or Step.
//
// The package keeps no state about people, does not throttle and does not cache:
// that is left to its callers.
package ldapauth
