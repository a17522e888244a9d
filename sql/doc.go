// Package sql keeps berth's nouns in Postgres. Store implements the storage
// interfaces that packages session and login declare, and their promises are
// tested here against a real server.
//
// # Promises
//
//   - A session is admitted in one transaction that reads the limits and holds
//     locks on all that they count (the owner, and each group that a limit counts
//     together), so that parallel requests never exceed one. A change of limits
//     waits for admissions under way, and every later one sees it.
//   - A change is compare-and-set on the version that was read, and its evidence
//     is written with it or not at all. Timeline and audit log are only added to.
//   - Every change is announced (Listen) in the transaction that makes it. Who
//     subscribes first and reads afterwards misses nothing.
//   - A database that does not answer is session.ErrStore, with the cause kept; a
//     caller who gave up is context.Canceled. Nothing else is either of them.
//     The store recovers by itself when the server is back.
//   - No call waits for ever: without a deadline of the caller's it has ten
//     seconds, and the server gives up on a statement after fifteen.
//   - Times come back in UTC, to the microsecond. Text comes back as it was
//     written; text that others produced (a scheduler's words, log lines) is cut
//     at a stated length and loses its NUL bytes and invalid UTF-8, for which
//     Postgres has no room.
//
// # The schema
//
// Migrations (migrations/, embedded) run in order, each in a transaction, under
// an advisory lock. They expand first and contract in a later release: the code
// of one release before a migration and of the release with it both work on the
// schema, so that gateways can be replaced one by one. Queries (query/) are
// compiled against the migrations by sqlc; their rows never leave this package.
//
// LISTEN and leadership need a connection of their own, without a
// transaction-pooling proxy in between.
//
// Left to others: what a transition may be, who may see what, how long things
// are kept, and all wording.
package sql
