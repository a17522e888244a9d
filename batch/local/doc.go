// Package local is the batch.Scheduler for one machine that has no scheduler:
// sessions are processes of their owners, in one queue, first come, first served,
// over the machine's CPUs, memory and GPUs.
//
// It is for one machine and says so. There is no fair share, no priority, no
// second node and no preemption; whoever can log in can use a GPU that the queue
// has given to somebody else. A site that needs those things needs a scheduler.
// Every gateway of an installation that uses it runs on that machine and shares
// its state directory.
//
// # Two halves
//
// This half runs as the service's user. It keeps one file for each job in the
// state directory (record.go, store.go), decides who is next (plan.go, pure) and
// carries that out (loop.go). The other half is package supervisor: it runs as
// the owner, starts the script, keeps its time limit, and writes down how it
// ended. The two speak through one command, "berth local-run", run through sudo
// (helper.go), with everything on its standard input.
//
// # Promises
//
//   - A job outlives the gateway, however that ends. It is found again by its
//     record, and proven by its supervisor's pid and start time and by the
//     directory that the supervisor keeps; never by a name in a list of processes.
//     For a gateway that systemd runs, the unit needs KillMode=process.
//   - A job is started once. Records change under a lock on the state directory
//     (flock(2)), which several gateways respect, and the supervisor refuses to
//     start a job that was ever started before.
//   - A job ends on proof: its supervisor's own record; or that its supervisor is
//     gone and left none; or that the machine was restarted. A state directory
//     that cannot be read is batch.ErrUnavailable and says nothing about any job.
//   - Job ids are never used again, not even by a new state directory: a part of
//     each is the directory's own.
//   - Resources are given back when no process of the job is left, and not before.
//
// # What is enforced
//
// The time limit is. Where control groups of version 2 were delegated to the service
// (Config.Cgroup, groups.go), each job is born in one of its own with its share of
// memory and CPUs as limits, the kernel keeps them, and the job's end is the end of
// everything in the group. Elsewhere memory is watched, and a job over its share is
// killed (package supervisor). GPUs are handed out by index through CUDA_VISIBLE_DEVICES
// (with CUDA_DEVICE_ORDER=PCI_BUS_ID, so that the numbers mean what nvidia-smi
// means), and without control groups CPUs are counted; a process that ignores such
// a share is not stopped.
// Config.Wrap puts a launcher in between, such as systemd-run with MemoryMax and
// CPUQuota, where a site has no control groups to delegate.
package local
