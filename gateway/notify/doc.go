// Package notify tells people by e-mail, and a site's own programs by a webhook,
// that a session is ready, that it ended unexpectedly, or that its end is near.
//
// # Promises
//
//   - Each news is one row for each channel, made once however many gateways
//     there are. A try is written down before it is made: two gateways never make
//     one at the same time. A gateway that dies between sending and writing that
//     down may send the news once more, with the same id.
//   - A channel that fails is tried again, later each time, MostTries in all.
//     News older than Fresh are not sent: nobody needs them.
//   - Nobody gets mail who did not ask for it. The webhook is the site's and hears
//     of all sessions.
//   - What is sent holds no secret and nothing that an app has printed.
//
// Left to others: when it runs, and who chooses what.
package notify
