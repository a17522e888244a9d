package agent

import "strconv"

// job is what the batch system says of itself in the environment.
type job struct {
	id       string
	restarts int
	// uncounted: the job is not told how often it was restarted. Then the gateway
	// finds out at the first claim, and says so in the manifest.
	uncounted bool
}

// jobOf reads SLURM_JOB_ID and SLURM_RESTART_COUNT (sbatch(1), "OUTPUT
// ENVIRONMENT VARIABLES"), PBS_JOBID (qsub(1)), or the LOCAL_JOB_ID of a machine
// without a scheduler.
func jobOf(getenv func(string) string) job {
	if id := getenv("SLURM_JOB_ID"); id != "" {
		n, err := strconv.Atoi(getenv("SLURM_RESTART_COUNT"))
		if err != nil || n < 0 {
			n = 0 // not set before the first restart
		}
		return job{id: id, restarts: n}
	}
	if id := getenv("PBS_JOBID"); id != "" {
		return job{id: id, uncounted: true}
	}
	return job{id: getenv("LOCAL_JOB_ID")}
}
