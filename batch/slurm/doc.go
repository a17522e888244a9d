// Package slurm is the batch.Scheduler for Slurm, by way of Slurm's commands.
//
// It has two layers. The conversation runs sbatch, scancel, squeue, sinfo,
// scontrol and sacct and knows how they fail (jobs.go, submit.go, cancel.go,
// queues.go, history.go, estimate.go). The translation turns their text into
// the words of package batch and is pure (job.go, node.go, partition.go,
// gres.go, hostlist.go, state.go, value.go, refuse.go).
//
// # What it asks
//
// Every question names its fields, and one table drives the request and the
// parse (table.go). Fields end with a separator that is made anew for every
// command, because a job's name and account are free text: without that, a
// name with a line break in it could forge the record of somebody else's job.
//
// All jobs of all sessions are one squeue, without sudo. Up to a thousand ids go
// along as --jobs. Beyond that, squeue's comparison of every job with every id
// costs more than printing every job, so the whole queue is read and the jobs are
// picked from it here; 10,000 ids are no longer a command line than one.
// Finding a job by its tag reads one user's jobs, which the controller filters.
//
// The queue shows a finished job for MinJobAge (300 s) with its exit code,
// signal and restarts. After that only accounting has it, without the restarts,
// but with who cancelled it.
//
// A submission that the controller refuses may leave a record too: a FAILED job
// with the reason BadConstraints that never started. Find reports it.
//
// # What the site must allow
//
// The service's own user must see everybody's jobs: with PrivateData=jobs it has
// to be an operator (AdminLevel). It should resolve every owner's name; a job
// whose owner cannot be told is reported with an empty Owner. Hidden partitions
// are read for jobs but not offered. For submitting see package command.
//
// # How jobs are submitted
//
// With --export=NONE: the job gets the owner's login environment, read on the
// node, and nothing of the service's. With --output=/dev/null, because Slurm
// fails a job whose file it cannot write; the script keeps its own log. With
// --requeue, and the restart count fences a requeued job's new agent.
//
// Without --signal: at its time limit a job's script gets SIGTERM, and SIGKILL
// KillWait (30 s) later, whatever its options. An early SIGTERM would come up to
// a minute sooner than asked for, and a job that obeys it is recorded as
// COMPLETED, so that it could no longer be told that its time was up. As it is,
// the record says TIMEOUT. Sites that need longer raise KillWait or add
// "--signal=B:TERM@120" to extra_submit_args.
package slurm
