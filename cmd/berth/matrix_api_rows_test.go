package main

import "github.com/berth-hpc/berth/gateway/login"

// apiRows are the operations of the JSON API.
var apiRows = map[string]row{
	"GET /api/v1/openapi.json": {nobodys, ""},
	"GET /api/v1/me":           {ones, ""},
	"GET /api/v1/queues":       {ones, login.OwnRead},

	"GET /api/v1/limits":        {ones, login.OwnRead},
	"GET /api/v1/apps":          {ones, login.OwnRead},
	"GET /api/v1/announcements": {ones, login.OwnRead},

	"GET /api/v1/sessions":            {ones, login.OwnRead},
	"POST /api/v1/sessions":           {ones, login.OwnServers},
	"GET /api/v1/sessions/:id":        {alices, login.OwnRead},
	"DELETE /api/v1/sessions/:id":     {alices, login.OwnStop},
	"GET /api/v1/sessions/:id/log":    {alices, login.OwnRead},
	"GET /api/v1/sessions/:id/events": {alices, login.OwnRead},

	"GET /api/v1/usage":       {ones, login.OwnRead},
	"GET /api/v1/admin/usage": {admins, login.ReadAdmin},

	"GET /api/v1/presets":        {ones, login.OwnRead},
	"POST /api/v1/presets":       {ones, login.OwnServers},
	"DELETE /api/v1/presets/:id": {alices, login.OwnServers},

	"GET /api/v1/tokens":        {ones, login.OwnReadTokens},
	"POST /api/v1/tokens":       {ones, login.OwnTokens},
	"DELETE /api/v1/tokens/:id": {alices, login.OwnTokens},

	"GET /api/v1/admin/sessions":             {admins, login.ReadServers},
	"GET /api/v1/admin/sessions/:id":         {admins, login.ReadServers},
	"DELETE /api/v1/admin/sessions/:id":      {admins, login.StopServers},
	"GET /api/v1/admin/announcements":        {admins, login.ReadAdmin},
	"POST /api/v1/admin/announcements":       {admins, login.Admin},
	"DELETE /api/v1/admin/announcements/:id": {admins, login.Admin},
	"GET /api/v1/admin/audit":                {admins, login.ReadAdmin},
}
