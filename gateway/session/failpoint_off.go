//go:build !failpoint

package session

// failpoint is where a test kills the gateway; see failpoint_on.go. Here it is
// nothing at all.
func failpoint(string) {}
