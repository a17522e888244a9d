// Package gateway is the HTTP edge of berth: the listeners, the route table,
// the middleware, the rendering of errors, health, and an orderly end.
//
// A request to /user/<owner>/<name>/ never reaches the router: it goes through
// a plain handler straight to the proxy (front.go), because an app's paths and
// methods must survive untouched. Everything else is a page (package web) or an
// operation of the API (package api). Their handlers return errors; problem.go
// is the one place where an error becomes a status, and access.go the one place
// where a request becomes a caller and a caller is let in.
//
// agents.go is the glue between the tunnel, which knows connections, and
// package session, which knows sessions.
//
// The package is wired by cmd/berth; it opens no database and knows no
// scheduler.
package gateway
