package slurm

import (
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// spelling is both names that Slurm has for one state.
type spelling struct {
	long    string // squeue %T, sacct State
	compact string // squeue %t; "" when there is none
	state   batch.State
}

// The whole of "JOB STATE CODES" in squeue(1) and sacct(1) of 22.05, and what
// job_state_codes.html has added since.
var spellings = []spelling{
	{"PENDING", "PD", batch.Pending},
	{"REQUEUE_HOLD", "RH", batch.RequeueHold},
	{"REQUEUE_FED", "RF", batch.RequeueFed},
	{"REQUEUED", "RQ", batch.Requeued},
	{"SPECIAL_EXIT", "SE", batch.SpecialExit},
	{"RESV_DEL_HOLD", "RD", batch.ResvDelHold},
	{"EXPEDITING", "", batch.Pending},
	{"CONFIGURING", "CF", batch.Configuring},
	{"POWER_UP_NODE", "", batch.Configuring},
	{"RUNNING", "R", batch.Running},
	{"SUSPENDED", "S", batch.Suspended},
	{"STOPPED", "ST", batch.Stopped},
	{"RESIZING", "RS", batch.Resizing},
	{"SIGNALING", "SI", batch.Signaling},
	{"STAGE_OUT", "SO", batch.StageOut},
	{"COMPLETING", "CG", batch.Completing},
	{"COMPLETED", "CD", batch.Completed},
	{"CANCELLED", "CA", batch.Cancelled},
	{"FAILED", "F", batch.Failed},
	{"TIMEOUT", "TO", batch.Timeout},
	{"NODE_FAIL", "NF", batch.NodeFail},
	{"BOOT_FAIL", "BF", batch.BootFail},
	{"LAUNCH_FAILED", "", batch.LaunchFailed},
	{"RECONFIG_FAIL", "", batch.BootFail},
	{"PREEMPTED", "PR", batch.Preempted},
	{"OUT_OF_MEMORY", "OOM", batch.OutOfMemory},
	{"DEADLINE", "DL", batch.Deadline},
	{"REVOKED", "RV", batch.Revoked},
}

var stateNames = func() map[string]batch.State {
	names := make(map[string]batch.State, 2*len(spellings))
	for _, s := range spellings {
		names[s.long] = s.state
		if s.compact != "" {
			names[s.compact] = s.state
		}
	}
	return names
}()

// cancellerOf is the number of the user in sacct's "CANCELLED by 1001". It is ""
// if there is none: squeue does not say, and nor does sacct if the controller
// itself ended the job.
func cancellerOf(native string) string {
	_, uid, _ := strings.Cut(native, " by ")
	if _, err := strconv.ParseUint(uid, 10, 32); err != nil {
		return ""
	}
	return uid
}

// stateOf reads either spelling. Sacct adds words ("CANCELLED by 1001") and cuts
// long names off with a plus sign.
func stateOf(native string) batch.State {
	word, _, _ := strings.Cut(native, " ")
	word = strings.TrimSuffix(word, "+")
	if state, ok := stateNames[word]; ok {
		return state
	}
	return batch.Unknown
}
