package main

import "github.com/berth-hpc/berth/gateway/login"

// adminRows are the admins' pages.
var adminRows = map[string]row{
	"GET /admin/sessions":       {admins, login.ReadAdmin},
	"POST /admin/sessions/stop": {admins, login.Admin},
	"GET /admin":                {admins, login.ReadAdmin},
	"GET /admin/drift":          {admins, login.ReadAdmin},
}
