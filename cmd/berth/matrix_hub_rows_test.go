package main

import "github.com/berth-hpc/berth/gateway/login"

// hubRows are the routes of JupyterHub.
var hubRows = map[string]row{
	"GET /hub":                             {nobodys, ""},
	"GET /hub/":                            {nobodys, ""},
	"GET /hub/home":                        {nobodys, ""},
	"GET /hub/token":                       {nobodys, ""},
	"GET /hub/admin":                       {nobodys, ""},
	"GET /hub/spawn":                       {nobodys, ""},
	"GET /hub/spawn/:user":                 {nobodys, ""},
	"GET /hub/spawn/:user/:server":         {nobodys, ""},
	"GET /hub/logout":                      {nobodys, ""},
	"GET /hub/health":                      {nobodys, ""},
	"GET /hub/login":                       {nobodys, ""},
	"GET /hub/spawn-pending/:user":         {alices, login.OwnRead},
	"GET /hub/spawn-pending/:user/:server": {alices, login.OwnRead},
	"GET /hub/user-redirect/*path":         {ones, login.OwnRead},

	"GET /hub/api":      {nobodys, ""},
	"GET /hub/api/":     {nobodys, ""},
	"GET /hub/api/info": {admins, login.ReadHub},
	"GET /hub/api/user": {ones, ""},

	"GET /hub/api/users":                                {admins, login.ListUsers},
	"GET /hub/api/users/:user":                          {alices, login.OwnUser},
	"POST /hub/api/users/:user/activity":                {alices, login.OwnActivity},
	"GET /hub/api/users/:user/server":                   {alices, login.OwnRead},
	"POST /hub/api/users/:user/server":                  {alices, login.OwnStart},
	"DELETE /hub/api/users/:user/server":                {alices, login.OwnStop},
	"GET /hub/api/users/:user/server/progress":          {alices, login.OwnRead},
	"GET /hub/api/users/:user/servers/:server":          {alices, login.OwnRead},
	"POST /hub/api/users/:user/servers/:server":         {alices, login.OwnStart},
	"DELETE /hub/api/users/:user/servers/:server":       {alices, login.OwnStop},
	"GET /hub/api/users/:user/servers/:server/progress": {alices, login.OwnRead},
	"PUT /hub/api/users/:user/servers/:server":          {ones, login.OwnStart}, // 501 for everybody
	"PATCH /hub/api/users/:user/servers/:server":        {ones, login.OwnStart}, // likewise
	"GET /hub/api/users/:user/tokens":                   {alices, login.OwnReadTokens},
	"POST /hub/api/users/:user/tokens":                  {alices, login.OwnTokens},
	"GET /hub/api/users/:user/tokens/:id":               {alices, login.OwnReadTokens},
	"DELETE /hub/api/users/:user/tokens/:id":            {alices, login.OwnTokens},
	"GET /hub/api/users/:user/shared":                   {ones, ""}, // 501 for everybody
	"GET /hub/api/shares/:user":                         {ones, ""}, // likewise
	"POST /hub/api/authorizations/token":                {ones, login.OwnTokens},
	"GET /hub/api/authorizations/token/:token":          {ones, ""}, // 501 for everybody
	"GET /hub/api/groups":                               {admins, login.ReadGroups},
	"GET /hub/api/groups/:group":                        {admins, login.ReadGroups},
	"POST /hub/api/users":                               {admins, login.Admin},
	"POST /hub/api/users/:user":                         {admins, login.Admin},
	"PATCH /hub/api/users/:user":                        {admins, login.Admin},
	"DELETE /hub/api/users/:user":                       {admins, login.Admin},
	"POST /hub/api/groups/:group":                       {admins, login.Admin},
	"DELETE /hub/api/groups/:group":                     {admins, login.Admin},
	"POST /hub/api/groups/:group/users":                 {admins, login.Admin},
	"DELETE /hub/api/groups/:group/users":               {admins, login.Admin},
	"PUT /hub/api/groups/:group/properties":             {admins, login.Admin},
	"GET /hub/api/services":                             {admins, login.ReadAdmin},
	"GET /hub/api/proxy":                                {admins, login.ReadAdmin},
	"POST /hub/api/proxy":                               {admins, login.Admin},
	"POST /hub/api/shutdown":                            {admins, login.Admin},
}

// forAll are the scopes with which an admin may use a route about somebody else.
var forAll = map[string]login.Scope{
	"GET /hub/api/users/:user":                          login.ReadUsers,
	"GET /hub/api/users/:user/server":                   login.ReadServers,
	"DELETE /hub/api/users/:user/server":                login.StopServers,
	"GET /hub/api/users/:user/server/progress":          login.ReadServers,
	"GET /hub/api/users/:user/servers/:server":          login.ReadServers,
	"DELETE /hub/api/users/:user/servers/:server":       login.StopServers,
	"GET /hub/api/users/:user/servers/:server/progress": login.ReadServers,
}
