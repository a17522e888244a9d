package login

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is one thing that an API token may do. Where JupyterHub has a scope of
// the same meaning, ours has its name
// (https://jupyterhub.readthedocs.io/en/stable/rbac/scopes.html). A scope that
// ends in "!user" is about its owner's own things; any other, except Inherit and
// Self, is about everybody's and is dead while the owner is no admin.
type Scope string

// The scopes. Each includes those that scopeIncludes names.
const (
	// Inherit is all that the owner may do, now and later.
	Inherit Scope = "inherit"
	// Self is all that concerns the owner's own things.
	Self Scope = "self"

	OwnUser       Scope = "read:users!user"     // who one is, and one's groups
	OwnActivity   Scope = "users:activity!user" // say that one is active
	OwnRead       Scope = "read:servers!user"   // see one's sessions and logs, and the queues
	OwnStart      Scope = "start:servers!user"
	OwnStop       Scope = "delete:servers!user"
	OwnServers    Scope = "servers!user"        // see, start and stop one's sessions
	OwnAccess     Scope = "access:servers!user" // use the apps in one's sessions
	OwnReadTokens Scope = "read:tokens!user"
	OwnTokens     Scope = "tokens!user" // see, make and delete one's tokens

	ListUsers    Scope = "list:users"
	UserNames    Scope = "read:users:name"
	UserGroups   Scope = "read:users:groups"
	UserActivity Scope = "read:users:activity"
	ReadUsers    Scope = "read:users"
	ReadGroups   Scope = "read:groups"
	ReadHub      Scope = "read:hub"
	ReadServers  Scope = "read:servers"
	StopServers  Scope = "delete:servers"
	// AdminServers is to see and stop everybody's sessions. As long as an admin
	// cannot start a session for somebody else, it does not include that.
	AdminServers Scope = "admin:servers"
	// ReadAdmin is all that admins see; JupyterHub has no name for it.
	ReadAdmin Scope = "read:admin"
	// Admin is all that admins see and do; JupyterHub has no name for it.
	Admin Scope = "admin"
)

// scopeIncludes is the whole of what is known: a scope that is not here is none.
var scopeIncludes = map[Scope][]Scope{
	Inherit: {Self, Admin},
	Self:    {OwnUser, OwnActivity, OwnServers, OwnAccess, OwnTokens},

	OwnUser:       nil,
	OwnActivity:   nil,
	OwnRead:       {OwnUser},
	OwnStart:      nil,
	OwnStop:       nil,
	OwnServers:    {OwnRead, OwnStart, OwnStop},
	OwnAccess:     nil,
	OwnReadTokens: nil,
	OwnTokens:     {OwnReadTokens},

	ListUsers:    {UserNames},
	UserNames:    nil,
	UserGroups:   nil,
	UserActivity: nil,
	ReadUsers:    {OwnUser, UserNames, UserGroups, UserActivity},
	ReadGroups:   nil,
	ReadHub:      nil,
	ReadServers:  {OwnRead},
	StopServers:  {OwnStop},
	AdminServers: {ReadServers, StopServers},
	ReadAdmin:    {ListUsers, ReadUsers, ReadGroups, ReadHub, ReadServers},
	Admin:        {ReadAdmin, AdminServers},
}

// Includes reports whether whoever has s has need.
func (s Scope) Includes(need Scope) bool {
	if s == need {
		return true
	}
	for _, part := range scopeIncludes[s] {
		if part.Includes(need) {
			return true
		}
	}
	return false
}

// Own reports whether the scope works for somebody who is no admin.
func (s Scope) Own() bool {
	return s == Inherit || s == Self || strings.HasSuffix(string(s), "!user")
}

// ParseScope reads a scope as the owner writes it: "servers!user=alice" is
// alice's "servers!user". Its error is an *InvalidToken.
func ParseScope(owner, text string) (Scope, error) {
	s := Scope(strings.TrimSuffix(text, "="+owner))
	if _, ok := scopeIncludes[s]; !ok || (len(s) != len(text) && !strings.HasSuffix(string(s), "!user")) {
		return "", &InvalidToken{"scopes", fmt.Sprintf("There is no scope %q here.", cut(text, maxTokenName))}
	}
	return s, nil
}

// AllScopes lists every scope, by name.
func AllScopes() []Scope {
	all := make([]Scope, 0, len(scopeIncludes))
	for s := range scopeIncludes {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}
