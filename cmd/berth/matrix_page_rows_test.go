package main

import "github.com/berth-hpc/berth/gateway/login"

// pageRows are the pages of people.
var pageRows = map[string]row{
	"GET /":                     {ones, login.OwnRead},
	"GET /sessions":             {ones, login.OwnRead},
	"GET /sessions/live":        {ones, login.OwnRead},
	"GET /sessions/new":         {ones, login.OwnRead},
	"GET /sessions/new/live":    {ones, login.OwnRead},
	"POST /sessions":            {ones, login.OwnServers},
	"POST /sessions/new":        {ones, login.OwnServers},
	"POST /sessions/plan":       {ones, login.OwnServers},
	"GET /sessions/:id":         {alices, login.OwnRead},
	"GET /sessions/:id/live":    {alices, login.OwnRead},
	"GET /sessions/:id/log.txt": {alices, login.OwnRead},
	"GET /sessions/:id/port":    {alices, login.OwnRead},
	"POST /sessions/:id/stop":   {alices, login.OwnStop},

	"POST /notify":             {ones, login.OwnServers},
	"POST /presets":            {ones, login.OwnServers},
	"POST /presets/:id/rename": {alices, login.OwnServers},
	"POST /presets/:id/delete": {alices, login.OwnServers},

	"GET /tokens":             {ones, login.OwnReadTokens},
	"POST /tokens":            {ones, login.OwnTokens},
	"POST /tokens/:id/delete": {alices, login.OwnTokens},

	"GET /login":        {nobodys, ""},
	"POST /login":       {nobodys, ""},
	"POST /logout":      {nobodys, ""},
	"GET /static/:file": {nobodys, ""},
}
