// Package sqltest gives tests a real Postgres.
//
// New and URL hand every test a migrated database of its own, cloned from a
// template in some ten milliseconds, so that all tests can run in parallel.
// They come from the server that BERTH_TEST_DATABASE_URL names, as a role that
// may create databases; without it, from one private server per test process,
// made of the installed binaries, on a Unix socket in a directory that only it
// can read. Server gives one test a server to itself, to be stopped and started.
//
// A private server ends with the test process, however that ends, and takes its
// directory with it. Without Postgres, tests are skipped; where the environment
// variable CI is set, they fail.
package sqltest
