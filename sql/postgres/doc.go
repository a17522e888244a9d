// Package postgres runs a private PostgreSQL for a small site or a demonstration:
// from the installed binaries, as one's own user, on a Unix socket in its own
// directory and on no network.
//
// It promises:
//
//   - The directory, of mode 0700, holds everything: socket, data, log. Whoever may
//     enter it is the database's user "berth"; there are no passwords.
//   - One process starts the server and ends it. Others that ask for the same
//     directory meanwhile use the server that runs.
//   - The server never outlives the process that started it, however that ends,
//     and what was committed is there at the next start (unless Volatile).
//   - Data of another major version are left alone, and the error says so.
//
// It leaves to others: the schema (package sql), backups, tuning. A site with
// several gateways, or with somebody who looks after databases, names its own in
// database.url.
package postgres
