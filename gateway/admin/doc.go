// Package admin is what an admin can do: to other people's sessions, limits,
// announcements, logins and the recurring work. Pages, the JSON API and the
// command line call it, so that each of them checks, audits and answers alike.
//
// Promises:
//
//   - Everything done here is in the audit log, in the same transaction as the
//     change where there is one: what is not audited has not happened.
//   - An Actor is an admin already: whoever makes one has checked it (the
//     gateway by the login, the command line by who may read the configuration).
//
// It does no HTTP and no SQL; what it needs of storage it declares.
package admin
