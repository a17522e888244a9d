// Package logintest has what tests of signed-in requests need: a store in
// memory that keeps the promises of package login's interfaces, and an
// authenticator that knows a few people.
package logintest
