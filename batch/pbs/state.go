package pbs

import "github.com/berth-hpc/berth/batch"

// letters are the values of job_state ("Job States" in pbs_job_attributes(7B)).
// F and X are judged by how the job ended; see row.settle.
var letters = map[string]batch.State{
	"Q": batch.Pending,
	"T": batch.Pending, // on its way in or out
	"W": batch.Pending, // until its Execution_Time
	"H": batch.Held,
	"R": batch.Running,
	"B": batch.Running, // an array of which something has begun
	"S": batch.Suspended,
	"U": batch.Suspended, // the workstation is in use
	"E": batch.Completing,
	"M": batch.Revoked, // another server has it
	"F": batch.Completed,
	"X": batch.Completed,
}

func stateOf(letter string) batch.State {
	if s, ok := letters[letter]; ok {
		return s
	}
	return batch.Unknown
}

// substateTerminated is the substate of a finished job that somebody deleted.
const substateTerminated = 91

// ending is what a negative Exit_status means (JOB_EXEC_* of PBS's job.h).
type ending struct {
	state  batch.State
	reason string // in words, because PBS has none; "" where the state says it all
}

var endings = map[int]ending{
	-1:  {batch.LaunchFailed, "PBS could not start the job"},
	-2:  {batch.LaunchFailed, "PBS could not start the job (a missing home directory, say)"},
	-3:  {batch.LaunchFailed, "PBS could not start the job"},
	-4:  {batch.NodeFail, "PBS on the node was restarted"},
	-5:  {batch.NodeFail, "PBS on the node was restarted"},
	-6:  {batch.NodeFail, "PBS on the node was restarted"},
	-7:  {batch.LaunchFailed, "the job could not be restarted"},
	-10: {batch.LaunchFailed, "the user is not known on the node"},
	-13: {batch.LaunchFailed, "the password was refused"},
	-17: {batch.LaunchFailed, "a rule of the site ended the job"},
	-19: {batch.LaunchFailed, "a rule of the site ended the job"},
	-20: {batch.NodeFail, "the node was lost"},
	-21: {batch.LaunchFailed, "PBS's directory on the node is not safe"},
	-22: {batch.LaunchFailed, "a rule of the site failed"},
	-23: {batch.LaunchFailed, "no Kerberos credential"},
	-24: {batch.Failed, "it used more CPUs than it asked for"},
	-25: {batch.Failed, "it used more CPUs than it asked for"},
	-26: {batch.OutOfMemory, ""},
	-27: {batch.OutOfMemory, ""},
	-28: {batch.Failed, "it used more CPU time than it asked for"},
	-29: {batch.Timeout, ""},
	-30: {batch.LaunchFailed, "the nodes of the job could not join"},
}
