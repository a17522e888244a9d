// Package web is berth's pages: sign in, the list of one's sessions, the form
// that asks for one, the page that waits for it and shows it, API tokens, and
// the page of every error.
//
// Promises:
//
//   - Pages are rendered here and work without JavaScript; with it they are
//     live. What a stream sends is rendered by the template that rendered the
//     page, so that the two cannot differ.
//   - Everything a person, a scheduler or an app has written is escaped, and its
//     control characters are made visible or dropped (plain).
//   - A page asks no other host for anything and has no inline script or style;
//     ContentSecurityPolicy says so to the browser.
//   - Files under /static/ carry their content's hash in their name and may be
//     kept for ever; pages may not be kept at all.
//   - A session is only ever reached through Lifecycle.Owned with the caller's
//     own name. A GET changes nothing.
//
// The look is plain CSS and a few small scripts of our own, because the pages
// need no more: a stream that replaces parts of the page, clocks that tick and a
// form that follows the chosen partition. It is a quarter of the weight of a
// general library and leaves the content security policy without exceptions.
//
// # Pages for admins
//
// They are below /admin and stand in a frame of their own (console.go). A new
// page there is: a handler that begins with w.console(request, title, path)
// instead of w.frame; a route with login.Admins; and an entry with that path in
// the table "console". Lists begin with newFilter, ask their store for
// pageRows+1 rows behind the query's "after", and end with paged; their rows are
// a <table class="table"> in a "card table-card", whose cells carry data-label
// for phones (class "lead-cell" for the one that names the row). The parts
// "filter", "pager", "said" and "faultbox" are in part_console.html. A POST that
// hurts shows w.confirm until the form is confirmed.
//
// Left to package gateway: who the caller is and whether a route is open to
// them (login.Caller in the request's context), proof of same origin, limits on
// bodies, request ids, and which error becomes which status. Handlers return
// their errors to it and it renders them with Error or Problem.
package web
