// Package proxy carries requests to a session's app, and the answers back,
// through a one-method Dialer. Whoever calls it has authorised the request.
//
// # Promises
//
//   - The gateway's cookies and the Authorization header never reach an app; no
//     app sets, shadows or widens a cookie of the gateway's. What an app says
//     about a whole origin (HSTS, Clear-Site-Data, Alt-Svc and their like) is
//     taken out, and a service worker's scope stays within the session.
//   - An app learns who asks from X-Berth-User and X-Forwarded-*, which only the
//     gateway sets, in whatever spelling a client tries.
//   - Path, query, method, host, trailers and interim answers pass as they are:
//     "%2F", "//", ";" and ".." too. Nothing is held back or buffered whole, and
//     no clock runs on a request.
//   - A body that was cut is an error for its reader, on either side, never a
//     short success; so is an upgraded stream. One direction may end before the
//     other.
//   - A request is sent twice only if nothing came back, it has no body and it
//     only reads. A client that hangs up is nobody's fault.
//   - Sessions share nothing, and neither do two starts of one session.
//
// # What it leaves to others
//
// Who may ask is the gateway's business, and so is what people are shown
// (Options.Error). The connections are the Dialer's.
//
// # The app's token
//
// An app runs with a token that only the agent and the gateway know. The gateway
// puts it into a browser's requests that read (InjectReads), and into every
// request that was signed with a token of the gateway's own (InjectAll). What
// jupyter-notebook 6.4.12 and jupyter-server 1.23.3 do with it, seen with both:
//
//   - A GET with "Authorization: token ..." is answered with two cookies:
//     "username-<host>", on the base path, and "_xsrf", which the notebook sets
//     on "/" and this package moves to the base path. The username cookie is
//     renewed by every such answer.
//   - With these cookies alone: GET 200; POST with the X-XSRFToken header 201,
//     without 403; with a foreign Origin 404; a kernel's WebSocket 101 from the
//     same host, whether its Origin says http or https, and 403 from another.
//   - With the token all of these checks are off: a POST from a foreign Origin
//     is 201, and a WebSocket from a foreign Origin is 101. So a browser's POSTs
//     and upgrades must not get it.
//   - It also turns off what keeps other sites from embedding a user's files.
//     So a read that another origin's page has caused does not get it, unless
//     somebody followed a link there (Sec-Fetch-Site, -Mode and -Dest; requests
//     without these headers are taken for the user's own).
//   - A client with a token of the gateway's has no cookies and needs none: POST
//     201, WebSocket 101.
//
// Both read the token from a file in a folder of JUPYTER_CONFIG_PATH,
// {"NotebookApp":{"token":"..."}} in jupyter_notebook_config.json or
// {"ServerApp":{"token":"..."}} in jupyter_server_config.json. That folder counts
// for more than ~/.jupyter, so a token or password of the user's own does not
// keep the gateway out, and for everything else the user's settings hold. (The
// servers' settings are --NotebookApp.sock, .base_url, .allow_remote_access and
// --ServerApp.sock, .base_url, .allow_remote_access.)
// The package agent's TestJupyter holds all of this against both servers.
package proxy
