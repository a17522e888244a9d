// Package hub answers to JupyterHub's REST API under /hub/api, so that what
// people have built around JupyterHub goes on working: VS Code's extension,
// scripts, idle cullers, monitoring. Paths, fields and status codes are those of
// https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html; what this
// site cannot do is answered with 501 and where to look instead.
//
// A server of JupyterHub's is a session of ours, by its name. The default server,
// whose name is "", is the session with the name of the site's default app. A
// server is ready when its session is Ready, pending "spawn" while it is
// Requested, Queued or Starting, and pending "stop" while it is Stopping.
//
// Promises:
//
//   - Launching, stopping, limits and ownership are those of the pages: the same
//     lifecycle, validator and checks. A server is started by its owner only.
//   - Scopes have JupyterHub's names; package login says which there are.
//   - A request to start a server is held until it is ready, for a short while for
//     everybody, as JupyterHub does it, and for as long as Config.Patience for
//     VS Code, which gives up ten seconds after the answer.
//   - A request's body is at most 16 KiB of JSON, whatever its Content-Type says:
//     clients of JupyterHub do not set it.
//
// Left to others: who the caller is, what a route demands, proof of same origin,
// and the table from errors to problems are package gateway's; WriteProblem gives
// those JupyterHub's shape.
package hub
