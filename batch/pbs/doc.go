// Package pbs is the batch.Scheduler for OpenPBS and PBS Professional, by way of
// their commands.
//
// It has two layers. The conversation runs qsub, qdel, qstat, qselect and
// pbsnodes and knows how they fail (ask.go, jobs.go, find.go, history.go,
// submit.go, cancel.go, server.go, queues.go). The translation turns their text
// into the words of package batch and is pure (record.go, job.go, state.go,
// value.go, queue.go, node.go, member.go, check.go, refuse.go).
//
// # What it asks
//
// Jobs are asked for with "qstat -f -F dsv". The JSON of released clients can be
// made invalid by the name of any user's job, the plain form can be forged with
// a line break in an account; in dsv both are escaped. All jobs of all sessions
// are one qstat without ids: with ids it takes a reserved port of this host for
// each, of which there are some 480 a minute. Times are printed in the zone of
// the command, so that its TZ is UTC.
//
// An answer is believed only if the command complained about nothing but single
// jobs: with a server that is down, or without job history, qstat prints what
// could be taken for "no such job", and its exit code is not always a failure.
// Where users see only their own jobs (query_other_jobs) nothing is concluded
// from what is not shown.
//
// The queue shows no finished jobs. The history does (Finished, Find), if the
// server keeps one: job_history_enable. Without it nobody can tell how a job
// ended, and a session's own agent is the only witness.
//
// # How jobs are submitted
//
// With the script on standard input, because everything else (names, options,
// variables, arguments) can be read by every user in "qstat -f". With -C "", so
// that "#PBS" lines in a site's or user's text do nothing. With -f, because the
// daemon that qsub leaves behind otherwise submits even after its caller was
// killed; without it some killed qsubs have submitted all the same, which is
// what Find is for. A tag's colons are underscores in the job's name.
//
// qsub takes values that make no sense, and lets a job that no node can run
// wait for ever, so that Submit checks both (check.go). GPUs are chunks of
// ngpus, and their type a host-level resource (Config.GPUTypeResource).
//
// # What is different from Slurm
//
// A job that is cancelled is Running until its processes are gone, ten seconds
// or more. PBS tells a job nothing about how often it was restarted; the gateway
// asks the scheduler for it when the job's agent claims (Job.Restarts). What a
// job starts with setsid outlives it, unless the site has the cgroups hook. When
// a waiting job would start cannot be asked beforehand; of some that wait PBS
// says it (Job.EstimatedStart).
//
// # What the site must allow
//
// The service's own user must see everybody's jobs, and sudo must let it run
// qsub and qdel as their owners; see package command and deploy/docs/pbs.md.
package pbs
