// Package api is the JSON API under /api/v1, with its OpenAPI document.
//
// Promises:
//
//   - What the pages can do to one's own sessions and tokens, a program can do
//     here, through the same lifecycle, validator and limits.
//   - Everything is the caller's own: somebody else's id is answered like an id
//     that never was. There is one ownership check, session.Lifecycle.Owned.
//   - openapi.json describes every route, and every field of every answer; tests
//     hold it against the route table, the Go types and real answers.
//   - Times are RFC 3339 in UTC, amounts of memory are bytes, and what is not
//     known or does not apply is null, never an empty string or a zero.
//   - A request body is one JSON object of at most MaxBody bytes. A member that
//     is not known, or is there twice, is refused and not ignored.
//
// Left to others: who the caller is, what a route demands of them, proof of same
// origin, request ids, and the table from errors to problem documents are package
// gateway's, which wraps these handlers. So handlers return errors and write
// nothing when they do; the only error that is this package's own is
// BadRequest.
package api
