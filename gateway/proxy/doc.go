// Package proxy carries a browser's requests to a session's app, through a
// one-method Dialer that knows how to reach it. It authorises nobody: whoever
// calls ServeHTTP has done that.
//
// What it promises:
//
//   - Path, query and method reach the app as the browser sent them (%2F, "//",
//     ";" and all); so do Host, trailers, interim answers and upgrades. Answers
//     are streamed; no request has a deadline.
//   - The gateway's cookies and Authorization never reach an app, and an app
//     cannot set or shadow a cookie of the gateway's, widen its own beyond its
//     base path, or speak for the whole origin (Clear-Site-Data,
//     Service-Worker-Allowed, Strict-Transport-Security, Alt-Svc).
//   - An answer that was cut is an error for the browser, never a short success.
//     A browser that hung up is not the app's fault.
//
// Connections to one start of one session are kept and used again; they are
// never shared with another session or another start.
package proxy
