// Package client talks to a gateway's JSON API, for the command line and for
// programs of a site's own.
//
// Promises:
//
//   - The token goes into the Authorization header of the gateway that it was
//     made for, and nowhere else: a redirect to another host is an error.
//   - Answers are bounded, and a refusal is a *Problem with everything that the
//     gateway said.
package client
