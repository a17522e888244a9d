// Package batchtest proves schedulers and stands in for them.
//
// Run is the conformance suite: what it asserts is the contract of
// batch.Scheduler, and every adapter runs it against the real thing. Memory is a
// Scheduler that lives in the memory of a test and passes the same suite; its
// hooks (Start, Finish, Requeue, Vanish, SetUnavailable, ...) let the tests of
// other packages drive jobs through their lives without waiting.
//
// Memory decides nothing by itself: a job stays as it is until a hook moves it.
package batchtest
