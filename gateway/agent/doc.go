// Package agent is what runs on the compute node as the job: it claims the
// session at the gateway, starts the app in a private directory, carries its
// connections, and reports.
//
// What it promises:
//
//   - The app runs as the job's owner, on a Unix socket in a directory of mode
//     0700 (or on loopback, where it can do no sockets). Secrets reach it in
//     files of that directory, never in argv or environment.
//   - It lives on while the gateway is away, and dies with the agent.
//   - An agent that cannot claim gives up after Hello.ClaimTimeout, so that no
//     GPU is held by a notebook that nobody can reach.
//   - The app's end is reported with its exit code or signal and, when it was
//     not its own doing, the cause; the agent's exit status is the app's, or 0
//     if the app was stopped by somebody who may.
//   - When it ends, nothing of it is left: no process of the app's group, no
//     directory.
//
// It knows no app: commands, files and the readiness check come with the
// manifest. The protocol is package tunnel's.
package agent
