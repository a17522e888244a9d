// Package login is a browser's signed-in state, and the API tokens that stand in
// for it in programs. (A login is never called a session: that word is the
// notebook's.)
//
// Promises:
//
//   - A secret (cookie value, API token) is 32 random bytes and is known to its
//     holder only. We keep its SHA-256.
//   - Sign-in is throttled per user and per address, also across restarts, and
//     a directory that is down counts against nobody.
//   - A login ends when it was idle for too long, when it is too old, when it is
//     signed out, and when its user's logins are deleted; a token when it expires
//     or is deleted. A replica that has been told (Forget, ForgetAll) honours
//     this at once, any other within Config.CacheFor.
//   - A token may do what its scopes name, as far as its owner may do it at this
//     moment. One that is made with a token may do no more, and ends no later.
//   - Tokens that are none are throttled per address.
//   - While the store does not answer, logins and tokens that were in use go on
//     for up to 15 minutes; nobody else comes in.
//   - Passwords and secrets appear in no log line and no error.
//
// Left to others: checking the password (Authenticator), keeping rows (Store,
// TokenStore, FailureStore), routes and pages, proof of same origin, and the
// audit log.
package login
