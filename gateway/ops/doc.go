// Package ops is what those who run berth look at: metrics for Prometheus,
// health, and profiles, on a listener of its own that people cannot reach.
//
// # Promises
//
//   - Every metric is in one table (names.go) with its help, labels and buckets;
//     what is not there cannot be counted, and the dashboard and the alert rules
//     in deploy use nothing else.
//   - No name of a person, session, job or host is in a label, so that the number
//     of series depends on the site's size and not on its use. Values that come
//     from outside (reasons, methods, routes) are of known sets, or "other".
//   - A scrape costs one small query in ten seconds at most, however many scrape.
//     A database that does not answer leaves out what would come from it.
//   - Names that begin with jupyterhub_ are those of JupyterHub where they mean
//     the same, so that dashboards made for it work.
//   - The listener knows no login: it is loopback unless the site says otherwise.
//
// The packages that are measured do not know Prometheus: they take small hooks.
package ops
