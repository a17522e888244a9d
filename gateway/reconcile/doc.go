// Package reconcile keeps what berth believes about jobs in line with what the
// scheduler and accounting say. RunOnce compares once and returns a report;
// Run ticks, and runs at once when poked.
//
// Promises: one scheduler query per cluster and round, however many sessions
// there are; a scheduler that does not answer changes no session; a job that is
// missing from an answer is looked up in accounting, and only after a deadline
// and a number of polls is its session ended as lost; a second run right after
// a first finds nothing to do.
//
// Which process runs it is not decided here: the caller holds the leader lock.
package reconcile
