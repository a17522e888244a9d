// Package tunnel carries the traffic of notebook sessions over connections that
// the job opens back to the gateway. It holds both ends: Registry runs in the
// gateway, Link runs in the job's agent. The protocol is written down in
// spec.md; its constants and messages are in wire.go and the files named after
// the messages.
//
// # Promises
//
//   - One kernel connection per stream: a slow reader stalls only itself.
//   - One live link per session; the newest accepted claim wins and the older
//     agent is told that it was superseded.
//   - A cut connection is an error on both sides, never a short success.
//   - Dialling honours its context, waits through a reconnect, and never hands
//     out a parked connection that is known to be dead.
//   - Nothing that an agent sends is trusted or unbounded.
//   - Secrets travel in headers and bodies under TLS pinned by fingerprint,
//     never in a URL, a log line or an error.
//
// # What it leaves to others
//
// Whether a claim is good, what the manifest says and what events mean is the
// Authority's business. What runs on the node is the agent package's. HTTP
// between browser and app is the proxy package's.
package tunnel
