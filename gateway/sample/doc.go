// Package sample is a small app for sessions, built into the binary for machines
// that have no Jupyter: a page that shows that everything on the way to it works.
// It echoes a WebSocket, takes uploads and gives them back with their checksum,
// streams downloads, and says where it runs and which GPUs it was given.
//
// It listens on the Unix socket that the agent names and lives below the base path
// that the gateway gives it. Uploads go to a temporary directory of its own and
// end with it. Everything is bounded. It is no example of how to write an app
// beyond that: any program that can listen on a socket or a port is one.
package sample
