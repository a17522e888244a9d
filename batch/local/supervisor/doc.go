// Package supervisor runs one job on this machine as its owner, and is the other
// half of package local: the half that acts as the owner.
//
// The gateway runs short commands of it as the owner (through sudo): Check,
// Start, Status, Cancel, Forget. Start leaves a supervisor behind, a process in a
// session of its own that neither the gateway's end nor a signal to its process
// group ends. The supervisor starts the job's script, keeps its time limit, adopts
// and reaps every process that descends from it, and writes down how it ended.
//
// # The job's directory
//
// Everything about one job is in one directory of the owner's, mode 0700, named
// after the job:
//
//	lock        locked (flock(2)) for as long as the supervisor lives
//	order.json  what was ordered, without the script
//	script      the script, mode 0600; removed when the job has ended
//	started     who supervises: pid, start time of that process, boot id
//	cancel      somebody has cancelled the job
//	ended       how it ended
//
// Files are complete or absent: they are written under another name, synced and
// renamed.
//
// # Promises
//
//   - A job is started at most once, however often and by however many processes
//     Start is called: the lock says that somebody is at it, "started" that it was
//     done. A cancelled job is not started any more.
//   - A process is known by its pid and start time together (proc(5)), so that a
//     number that the kernel gave to somebody else is not mistaken for it.
//   - When "ended" is there, no process of the job is left. Where the supervisor
//     itself was killed, Status ends what carries the job's id in its environment.
//   - Nothing of the script is in an argument, an environment or an error.
//
// # Limits
//
// The time limit is kept: SIGTERM to the script's process group, and after the
// grace SIGKILL to everything. Memory is looked at every two seconds, as the sum
// of what each process has for itself, and a job over its share is killed; a site
// that wants the kernel to enforce it runs the supervisor through a launcher
// (Order.Wrap), or has jobs born in control groups (Order.Grouped), of which this
// package only makes sure. Beside that, CPUs and GPUs are promises among the jobs, not fences.
package supervisor
