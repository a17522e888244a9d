// Package agent is what runs on the compute node as the job: it claims the
// session, starts the app, carries its connections, and reports.
package agent
