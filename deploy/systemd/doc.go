// Package systemd holds the units of a gateway that systemd runs, as files to
// install. Each line of the sandbox says what it is for: the gateway has to run
// sudo, which rules out everything that implies "no new privileges".
//
// Promises, which the tests check: systemd accepts the units; nothing in them
// keeps sudo from becoming somebody else; the sockets have the names by which
// the gateway knows them and the addresses of the packaged config.
package systemd
