// Package pbs is the place of the batch.Scheduler for OpenPBS and PBS Pro, by way
// of qsub, qdel, qstat and pbsnodes. It is not written yet, and a configuration
// that asks for PBS is refused.
//
// What it will have to know, because PBS differs from Slurm in it: one id per
// qdel; "qstat -f -F dsv" instead of JSON, which any user can break; an id that
// is missing from an answer proves nothing, whatever the exit code; exit codes
// over 256 are signals; a qsub that was killed may have submitted, so that its
// tag is looked up before it is tried again.
package pbs
