package sql

import (
	"time"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// saveOf is the user as a row. Names and groups are written as they are: who
// somebody is must not be changed by cleaning.
func saveOf(u login.User, at time.Time) dbsqlc.SaveUserParams {
	groups := u.Groups
	if groups == nil {
		groups = []string{}
	}
	return dbsqlc.SaveUserParams{
		Name: u.Name, DisplayName: clean(u.DisplayName, maxText), Mail: clean(u.Mail, maxText),
		Groups: groups, Admin: u.Admin, LastLoginAt: orNow(at),
	}
}

func userOf(r dbsqlc.User) login.User {
	u := login.User{Name: r.Name, DisplayName: r.DisplayName, Mail: r.Mail, Admin: r.Admin}
	if len(r.Groups) > 0 {
		u.Groups = r.Groups
	}
	return u
}
