package ldapauth

import "errors"

// ErrInvalidCredentials means that user name and password do not belong
// together, for whatever reason. The text of an error that wraps it has the
// reason and is for the log only.
var ErrInvalidCredentials = errors.New("invalid user name or password")

// ErrNotAllowed means that the password is right but that the user is in none
// of the allowed groups.
var ErrNotAllowed = errors.New("the user is in no group that may sign in")

// ErrUnavailable means that the directory did not answer, or that it gave an
// answer which says nothing about the user. It is nobody's wrong password.
var ErrUnavailable = errors.New("the directory does not answer")

// ErrNoSuchUser is Lookup's word for a name that the directory does not have.
var ErrNoSuchUser = errors.New("no such user in the directory")
