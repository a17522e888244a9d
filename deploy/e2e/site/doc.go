// Package site starts gateways on the private cluster and looks at it from
// outside: its jobs, its processes, its logs.
//
// Each gateway has a database, a state directory, ports and an installation
// name of its own, runs as the service user, and leaves nothing behind. Relays
// stand in for services whose failure is tested, so that the cluster's own
// services go on for the other tests.
package site
