// Package demo holds the end-to-end tests of "berth demo" and, with it, of
// sessions on a machine without a scheduler and of the private PostgreSQL. They
// need the built binary and an installed PostgreSQL, and no cluster:
//
//	BERTH_TEST_BIN=$PWD/bin go -C deploy/e2e test ./demo
package demo
