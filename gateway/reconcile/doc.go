// Package reconcile keeps what berth believes about jobs in line with what the
// scheduler, accounting and the connected agents say. RunOnce compares once,
// repairs what it may and returns a report; Check does the same and changes
// nothing. When rounds come is the caller's business: see package cron.
//
// # Promises
//
//   - One scheduler query per cluster and round, however many sessions there
//     are; one more for accounting if the queue does not report a job or says
//     that it was cancelled, which only accounting knows by whom, and one per
//     orphan interval for jobs that no session knows of.
//   - A scheduler that does not answer changes no session. Accounting that does
//     not answer leaves those alone that the queue does not report.
//   - A job that is missing from an answer is looked up in accounting, and only
//     after a deadline and a number of polls is its session ended as lost. If
//     the job comes back, the clock is cleared. While its agent is connected the
//     clock stands still: agents are compared first in each round.
//   - A session that is Stopping is left to its agent for a while; then its job
//     is cancelled, and again if that does not help. A new leader's first round
//     waits for nobody, because whoever stopped the session may be gone.
//   - A tag is a hint: only a job of the session's own owner is adopted or
//     cancelled. A forged tag is reported and never touched.
//   - A second round right after a first finds nothing to do.
//
// # Drift
//
//	row_without_job        adopted by tag; else ended as not submitted, or as lost
//	job_without_row        cancelled if its session has ended; if there is no such
//	                       session at all, by policy (report, cancel)
//	duplicate_job          the one that the row does not name is cancelled
//	wrong_state            the session follows the scheduler
//	foreign_tag            reported
//	agent_without_session  told to stop
//	tunnel_without_claim   superseded, or noted in the row
//	claim_without_tunnel   the row is corrected; if another gateway has the agent,
//	                       that one hears of it and corrects it back
//
// Which process runs it is not decided here: the caller holds the leader lock.
// What a round does bears being done twice.
package reconcile
