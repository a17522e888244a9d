// Package client speaks to a gateway as programs do: it signs in as a browser
// would, makes API tokens, and sends requests whose answers it reads whole.
package client
