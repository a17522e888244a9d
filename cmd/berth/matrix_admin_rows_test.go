package main

import "github.com/berth-hpc/berth/gateway/login"

// adminRows are the admins' pages.
var adminRows = map[string]row{
	"GET /admin/sessions":                    {admins, login.ReadAdmin},
	"POST /admin/sessions/stop":              {admins, login.Admin},
	"GET /admin/sessions/:id":                {admins, login.ReadAdmin},
	"POST /admin/sessions/:id/open":          {admins, login.Admin},
	"POST /admin/sessions/:id/leave":         {admins, login.Admin},
	"GET /admin/users":                       {admins, login.ReadAdmin},
	"GET /admin/users/:user":                 {admins, login.ReadAdmin},
	"POST /admin/users/:user/signout":        {admins, login.Admin},
	"POST /admin/users/:user/revoke":         {admins, login.Admin},
	"POST /admin/users/:user/stop":           {admins, login.Admin},
	"GET /admin/groups":                      {admins, login.ReadAdmin},
	"GET /admin/limits":                      {admins, login.ReadAdmin},
	"POST /admin/limits":                     {admins, login.Admin},
	"GET /admin/limits/new":                  {admins, login.ReadAdmin},
	"GET /admin/limits/try":                  {admins, login.ReadAdmin},
	"GET /admin/limits/:id":                  {admins, login.ReadAdmin},
	"POST /admin/limits/:id":                 {admins, login.Admin},
	"POST /admin/limits/:id/delete":          {admins, login.Admin},
	"GET /admin/maintenance":                 {admins, login.ReadAdmin},
	"POST /admin/maintenance":                {admins, login.Admin},
	"POST /admin/maintenance/:id/delete":     {admins, login.Admin},
	"GET /admin/announcements":               {admins, login.ReadAdmin},
	"POST /admin/announcements":              {admins, login.Admin},
	"POST /admin/announcements/:id/withdraw": {admins, login.Admin},
	"GET /admin/audit":                       {admins, login.ReadAdmin},
	"GET /admin/audit.csv":                   {admins, login.ReadAdmin},
	"GET /admin":                             {admins, login.ReadAdmin},
	"GET /admin/usage":                       {admins, login.ReadAdmin},
	"GET /admin/drift":                       {admins, login.ReadAdmin},
}
