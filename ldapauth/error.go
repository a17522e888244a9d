package ldapauth

import "errors"

// ErrInvalidCredentials means that user name and password do not belong
// together, for whatever reason. The text of an error that wraps it has the
// reason and is for the log only.
var ErrInvalidCredentials = errors.New("invalid user name or password")

// ErrNotAllowed means that the password is right but that the user may not sign
// in here: none of the groups is allowed, or the account has no usable name.
var ErrNotAllowed = errors.New("the user may not sign in here")

// ErrUnavailable means that the directory did not answer, or that it gave an
// answer which says nothing about the user. It is nobody's wrong password.
var ErrUnavailable = errors.New("the directory does not answer")

// ErrNoSuchUser is Lookup's word for a name that the directory does not have.
var ErrNoSuchUser = errors.New("no such user in the directory")

// ErrAmbiguous means that several entries match one name. It comes with
// ErrInvalidCredentials from Authenticate and with ErrUnavailable from Lookup,
// and is for the site's admin to mend.
var ErrAmbiguous = errors.New("more than one entry matches the user name")
