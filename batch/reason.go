package batch

import "strings"

// ReasonText says in plain words what a Slurm reason code means ("JOB REASON
// CODES" in squeue(1), job_reason_codes.html), and what a comment of PBS does
// ("Not Running: Queue not started."). Whatever it does not know it
// returns as it is, so that sentences of other schedulers pass; "" stays "".
func ReasonText(reason string) string {
	if text, ok := reasonTexts[reason]; ok {
		return text
	}
	if text := limitText(reason); text != "" {
		return text
	}
	if text := pbsText(reason); text != "" {
		return text
	}
	code, detail, _ := strings.Cut(reason, ",")
	if code == "ReqNodeNotAvail" {
		return nodeNotAvailableText(strings.TrimSpace(detail))
	}
	code, detail, _ = strings.Cut(reason, ":")
	if code == "RaisedSignal" {
		return "The job was ended by signal " + detail
	}
	if strings.HasPrefix(reason, "Nodes required for job are DOWN") {
		return "The nodes that could run this are down, drained or reserved"
	}
	return reason
}

func nodeNotAvailableText(detail string) string {
	name, nodes, found := strings.Cut(detail, ":")
	switch {
	case found && strings.TrimSpace(name) == "UnavailableNodes" && strings.TrimSpace(nodes) != "":
		return "Nodes that this needs are not available (" + strings.TrimSpace(nodes) + ")"
	case found || detail == "":
		return "A node that this needs is not available"
	default: // "May be reserved for other job", "Reserved for maintenance"
		return "A node that this needs is not available: " + detail
	}
}

var reasonTexts = map[string]string{
	"":       "",
	"(null)": "",
	"N/A":    "",

	"None":      "The scheduler has not looked at the job yet",
	"Resources": "Waiting for enough free resources",
	"Priority":  "Other jobs are ahead in the queue",
	"BeginTime": "Its earliest start time has not come yet",
	"Prolog":    "The node is being prepared",
	"Cleaning":  "Still cleaning up after its last run",

	"Dependency":               "Waiting for another job",
	"DependencyNeverSatisfied": "The job that this one waits for can no longer let it start",
	"JobArrayTaskLimit":        "As many tasks of this array run as may run at once",

	"JobHeldUser":       "Held; it waits until its owner releases it",
	"JobHeldAdmin":      "Held by an administrator",
	"JobHoldMaxRequeue": "Held: it was sent back into the queue too often",
	"JobLaunchFailure":  "The node could not start the job",
	"SchedDefer":        "The scheduler puts off requests for an immediate start",

	"launch failed requeued held":             "Held: the node could not start the job",
	"user env retrieval failed requeued held": "Held: the node could not read the user's login environment",
	"job requeued in held state":              "Held after it was sent back into the queue",

	"PartitionTimeLimit": "The time asked for is longer than this partition allows",
	"PartitionNodeLimit": "The partition does not have or does not allow the nodes that were asked for",
	"PartitionDown":      "The partition is down",
	"PartitionInactive":  "The partition does not start jobs now",
	"PartitionConfig":    "The request is outside the limits of this partition",

	"NodeDown":             "A node that this needs is down",
	"FrontEndDown":         "No front-end node is up",
	"PowerNotAvail":        "Not enough electric power is available",
	"PowerReserved":        "The electric power that this needs is reserved",
	"Reservation":          "Waiting for its reservation to begin",
	"ReservationDeleted":   "The reservation that it was meant for is gone",
	"ReservationInvalid":   "The reservation that it was meant for cannot be used",
	"Licenses":             "Waiting for a software licence",
	"BadConstraints":       "No node can ever fulfil what was asked for",
	"Constraints":          "No node can fulfil what was asked for at the moment",
	"DeadLine":             "It cannot end before its deadline",
	"MpiPortsBusy":         "The network ports that it needs are in use",
	"MaxPoweredUpNodes":    "As many nodes are powered up as may be",
	"NvidiaImexChannels":   "Waiting for a free NVIDIA IMEX channel",
	"InvalidReason":        "The scheduler does not say why",
	"FedJobLock":           "Waiting for the clusters of the federation to agree",
	"BurstBufferResources": "Waiting for burst buffer space",
	"BurstBufferStageIn":   "Its files are being copied in",
	"BurstBufferOperation": "An operation on its burst buffer failed",

	"InvalidAccount":    "The account is not valid",
	"InvalidQOS":        "The service class (QOS) is not valid",
	"AccountNotAllowed": "The account may not use this partition",
	"QOSNotAllowed":     "The service class (QOS) may not be used here",
	"QOSUsageThreshold": "The service class (QOS) has fallen below its usage threshold",
	"AccountingPolicy":  "A limit of the account or the service class (QOS) was reached",
	"MaxMemPerLimit":    "More memory was asked for than this partition allows",

	"QOSJobLimit":              "The service class (QOS) has as many jobs as it may have",
	"QOSResourceLimit":         "The service class (QOS) uses all the resources that it may use",
	"QOSTimeLimit":             "The service class (QOS) has used up its time",
	"AssociationJobLimit":      "Your account has as many jobs as it may have",
	"AssociationResourceLimit": "Your account uses all the resources that it may use",
	"AssociationTimeLimit":     "Your account has used up its time",

	// How a job ended.
	"NonZeroExitCode": "The job ended with an error",
	"TimeLimit":       "The job ran until its time limit",
	"InactiveLimit":   "The job was idle for too long",
	"SystemFailure":   "The batch system or the node failed",
	"OutOfMemory":     "The job used more memory than it asked for",
}

// neverRuns reports whether the scheduler leaves a job with this reason pending until
// somebody changes the job or the site.
func neverRuns(reason string) bool {
	if neverReasons[reason] || strings.HasPrefix(reason, pbsNever) {
		return true
	}
	for _, p := range neverSentences {
		if strings.HasPrefix(reason, p) {
			return true
		}
	}
	l, ok := parseLimit(reason)
	return ok && l.alone()
}

var neverReasons = map[string]bool{
	"PartitionTimeLimit":       true,
	"PartitionNodeLimit":       true,
	"PartitionConfig":          true,
	"DependencyNeverSatisfied": true,
	"InvalidAccount":           true,
	"InvalidQOS":               true,
	"BadConstraints":           true,
	"AccountNotAllowed":        true,
	"QOSNotAllowed":            true,
	"JobLaunchFailure":         true,
	"MaxMemPerLimit":           true,
	"ReservationDeleted":       true,
	"ReservationInvalid":       true,
}

// What the controller writes in place of AccountNotAllowed and QOSNotAllowed.
var neverSentences = []string{
	"Job's account not permitted to use this partition",
	"Job's account not known, so it can't use this partition",
	"Job's QOS not permitted to use this partition",
}
