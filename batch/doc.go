// Package batch is the vocabulary of batch systems as berth speaks it: what is
// asked of a scheduler (Script, Resources), what is seen (Job, Queue), and what
// state a job is in (State), together with the Scheduler contract that every
// adapter fulfils and the template of the job script.
//
// The package knows no scheduler, starts no process and imports nothing of
// berth. Adapters live in batch/slurm and batch/pbs; they are proved by the
// suite in batch/batchtest.
//
// Three promises hold for every adapter:
//
//   - A job that is missing from an answer is "not reported", never "finished".
//   - A scheduler that does not answer is ErrUnavailable, never a state.
//   - The scheduler's own words are kept beside ours (NativeState, Reason).
package batch
