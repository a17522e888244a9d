// Package session is the notebook session: what it is, which states it can be
// in, what may happen to it, and the lifecycle that makes it happen.
//
// # States
//
//	             submitted            claimed / job runs           app answers
//	[Requested] ----------> [Queued] -------------------> [Starting] -------> [Ready]
//	     |                    |  ^                          |    |              |  |
//	     |                    |  +------- requeued ---------+----|--------------+  |
//	     |                    |                                  |                 |
//	     +---- stop ----------+------------- stop ---------------+------ stop -----+
//	     |                                                                         |
//	     |                             [Stopping] <--------------------------------+
//	     |                                  |
//	     +-- refused, or proof of the end --+--> [Ended] (reason, evidence, exit code)
//
// The whole table is in transition.go; every event has a defined answer in
// every state, and Ended is final. A session state is never a job state: both
// are stored, side by side.
//
// # Promises
//
//   - The row exists before the job does. A job carries a tag by which it is
//     found again if the gateway dies before it has stored the job's id.
//   - A session ends on positive proof only: a terminal state from the queue or
//     from accounting, the agent's exit record, or a person. A job that nobody
//     reports is missing, which becomes "lost" only after a deadline and a
//     number of polls (package reconcile keeps both), and not while the
//     session's agent is connected: a live agent is evidence of its job.
//   - A stop is polite: a connected agent ends the app by itself, and the job is
//     cancelled only if that takes too long. Without an agent it is cancelled
//     at once. A cancel that was lost is repeated (package reconcile).
//   - A claim is fenced by session, attempt, job id and restart count, and
//     proved by a secret that only the job's script and, hashed, the row know.
//   - One validator (Check) serves the form, the API and the command line.
//
// The package talks to storage, schedulers and agents through the small
// interfaces that it declares; it does no HTTP, no SQL and starts no process.
package session
