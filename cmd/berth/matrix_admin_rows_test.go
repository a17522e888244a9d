package main

import "github.com/berth-hpc/berth/gateway/login"

// adminRows are the admins' pages.
var adminRows = map[string]row{
	"GET /admin/drift": {admins, login.ReadAdmin},
}
