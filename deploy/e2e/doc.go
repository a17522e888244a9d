// Package e2e holds the end-to-end tests: what somebody who uses berth sees,
// on a real Slurm, a real directory, a real Postgres, real notebooks and a real
// browser.
//
// The tests drive the built binary from outside and import none of its
// packages. They run as root inside the private cluster of deploy/cluster:
//
//	bin/cluster run --berth bin/berth -- go -C deploy/e2e test -p 1 ./...
//
// Elsewhere they skip; with CI set they fail. One gateway is shared by the tests
// that leave it alone; a test that kills or starves one starts its own. With
// BERTH_E2E_ARTIFACTS=DIR every page that a test passes is kept there as
// pictures: wide and narrow, light and dark.
//
// Package site starts gateways and asks the scheduler, client speaks the API,
// browser drives Chromium, await waits for conditions.
package e2e
