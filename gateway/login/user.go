package login

import "github.com/berth-hpc/berth/ldapauth"

// User is a person as the directory described them at their latest sign-in or
// directory sync.
type User struct {
	Name        string // account name, also on the cluster
	DisplayName string
	Mail        string   // "" for none
	Groups      []string // sorted
	Admin       bool
}

func userOf(id ldapauth.Identity) User {
	return User{
		Name:        id.Username,
		DisplayName: id.DisplayName,
		Mail:        id.Mail,
		Groups:      id.Groups,
		Admin:       id.Admin,
	}
}
