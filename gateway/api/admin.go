package api

import (
	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
)

// Admin is what admins do, by the API as by their pages.
type Admin struct {
	Sessions      *admin.Sessions
	Announcements *admin.Announcements
	Audit         admin.AuditReader
}

func (a Admin) whole() bool {
	return a.Sessions != nil && a.Announcements != nil && a.Audit != nil
}

// actorOf is the caller as the audit log names them. Package gateway has checked
// that it is an admin, and RemoteAddr is the client's.
func actorOf(c *gin.Context) (admin.Actor, error) {
	caller, err := callerOf(c)
	return admin.Actor{Name: caller.User.Name, Address: c.ClientIP()}, err
}
