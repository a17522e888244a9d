// Package cron runs the recurring work of an installation: each Job by its own
// schedule, in one gateway of several.
//
// # Promises
//
//   - A job never overlaps with itself: not in this process, and not with another
//     gateway or a command line, because each run holds the job's lock.
//   - Jobs of the leader run where Lead is called, and only while it is. A job
//     that is marked Everywhere runs in each gateway (Everywhere), with a standing
//     of its own.
//   - A run has a deadline; one that panics has failed, and the next one comes
//     all the same.
//   - Each run is kept: when it was due, when it began and ended, what came of it,
//     who asked for it. Of a job that runs Often only those are kept that went
//     wrong or that somebody asked for, and the latest.
//   - What was due while nobody led is not forgotten: the latest of it is run at
//     once, late, and what came before is noted as missed, once for the gap, with
//     a count. Gaps shorter than a minute are not worth a note.
//   - A run whose process died is noted as cut off by whoever holds the job's
//     lock next.
//   - A run that somebody asked for (Store.AskedCron) begins at once, or right
//     after the one under way.
//
// # Schedules
//
// Specs are the five fields of crontab(5) (minute, hour, day of the month, month,
// day of the week), @hourly, @daily, @weekly, @monthly, @yearly, "@every 90s",
// and "off". Times are of one zone, which the caller names. An hour that the
// clock leaves out in spring is left out: daily work does better at another one.
//
// The package reads no configuration, does no SQL and knows no job.
package cron
