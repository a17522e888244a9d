// Package fault holds the end-to-end tests of what must not end a session: a
// gateway that dies or is replaced, an agent whose network fails, a scheduler
// that requeues, suspends and loses nodes, a database that is restarted. And of
// what must end it, with the true cause.
//
// The tests run on the private cluster, as those of package e2e do:
//
//	bin/cluster run --berth bin/berth -- go -C deploy/e2e test ./fault
//
// Most of their time is waiting for the scheduler's and the protocol's own
// clocks, so they run side by side. Each has gateways of its own. The one that
// kills a node's daemon takes c2 and sees to it that others' jobs go elsewhere.
//
// Two kinds of session are used: Jupyter, where it matters that a kernel lives,
// and this test binary itself as an app that costs nothing, where only the
// process does.
package fault
