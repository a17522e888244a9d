// Package walltime tells people that their session's time limit is near, on the
// session's page, so that they save their work.
//
// # Promises
//
//   - Each threshold is said once for each start of a job, and the nearest only:
//     who is told that five minutes are left is not told of fifteen too.
//   - What was said is read from the session's timeline, so that another gateway
//     or a restart says nothing twice.
//   - Only what runs and has a known end is warned.
package walltime
