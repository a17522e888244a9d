// Package fake stands in for the commands of a scheduler: qsub, qstat, qdel,
// qselect, qhold, qrls and pbsnodes, or sbatch, squeue, sacct, scancel, scontrol
// and sinfo, and for sudo. They are put into a folder, for an adapter's or a
// gateway's bin_dir or in front of PATH.
//
// Behind them is a batchtest.Memory, so that a test drives the jobs and sees
// what was submitted. What the commands print, and how they fail, is what real
// ones did (the testdata of the adapters): exit codes cut to eight bits, answers
// that look empty when the server is down, a server that several ids in one
// qdel bring down, and so on. What no test needs they do not do.
// They are shell scripts that ask the test what to do.
package fake
