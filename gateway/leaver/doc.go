// Package leaver keeps berth's people in line with the directory: who has
// left it, or may no longer sign in, keeps nothing running.
//
// # Promises
//
//   - A directory that does not answer changes nothing, and neither does one that
//     suddenly knows far fewer people than before: a service account that has lost
//     its right to read sees nobody.
//   - Somebody who is gone is noted, and dealt with only when that has been so for
//     the grace: all sessions are stopped, logins and tokens end, each with its
//     entry in the audit log. Who comes back before is forgotten to have been
//     gone.
//   - Of those who are there, groups and rights are brought up to date, so that a
//     token never outlives its owner's membership of the admin group.
package leaver
