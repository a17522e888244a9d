// Package proxy carries a browser's requests to a session's app through a
// one-method Dialer.
package proxy
