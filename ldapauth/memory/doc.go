// Package memory is a small directory that speaks LDAP on a port of loopback and
// lives in the memory of this process. The demo signs people in against it, with
// the code that signs people in against a real one.
//
// It does simple binds and searches: base, one level and subtree; and, or, not,
// equality and presence. It has no TLS, no paging and no changes, and its
// passwords are not hashed. It is for demonstrations and nothing else.
package memory
