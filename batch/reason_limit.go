package batch

import (
	"regexp"
	"strings"
)

// limitReason is the name of a Slurm limit taken apart. There are some 150 of
// them, all built the same way: QOSMaxGRESPerUser, AssocGrpCPURunMinutesLimit.
type limitReason struct {
	who     string // "QOS", "Assoc" or ""
	bound   string // "Grp", "Max" or "Min"
	what    string // a key of limitWords
	minutes string // "", "Minutes", "RunMinutes" or "RunMins"
	per     string // "", "Job", "Node", "User" or "Account"
}

var limitPattern = regexp.MustCompile(
	`^(QOS|Assoc|)(Grp|Max|Min)([A-Za-z]+?)(RunMinutes|RunMins|Minutes|)(?:Per(Job|Node|User|Account))?(?:Limit|NotSatisfied)?$`)

var limitWords = map[string]string{
	"BB": "burst buffer space", "Billing": "billing units",
	"Cpu": "CPUs", "CPU": "CPUs", "Energy": "energy", "GRES": "GPUs",
	"Job": "running jobs", "Jobs": "running jobs",
	"SubmitJob": "jobs in the queue", "SubmitJobs": "jobs in the queue",
	"License": "software licences", "Mem": "memory", "Memory": "memory",
	"Node": "nodes", "Unknown": "a resource",
	"Wall": "time", "WallDuration": "time",
}

func parseLimit(reason string) (limitReason, bool) {
	m := limitPattern.FindStringSubmatch(reason)
	if m == nil || limitWords[m[3]] == "" {
		return limitReason{}, false
	}
	l := limitReason{who: m[1], bound: m[2], what: m[3], minutes: m[4], per: m[5]}
	if l.who == "" && l.per != "Account" && l.per != "User" {
		return limitReason{}, false
	}
	return l, true
}

// alone reports whether the limit is about this job alone, so that no waiting
// helps.
func (l limitReason) alone() bool {
	return l.bound == "Min" || l.per == "Job" || l.per == "Node"
}

func limitText(reason string) string {
	l, ok := parseLimit(reason)
	if !ok {
		return ""
	}
	what, owner := limitWords[l.what], "the service class (QOS)"
	if l.minutes != "" {
		what = "time on " + what
	}
	if l.who == "Assoc" {
		owner = "your account"
	}
	switch {
	case l.bound == "Min":
		return "The request is below the minimum of " + owner + " for " + what
	case l.bound == "Grp" && l.minutes == "Minutes":
		return "The limit of " + owner + " on " + what + " has been used up"
	case l.bound == "Grp" && l.minutes != "":
		return "The limit of " + owner + " on " + what + " is taken by running jobs"
	case l.bound == "Grp":
		return "The limit of " + owner + " on " + what + " in use at once has been reached"
	case l.per == "Node", l.per == "Job":
		return "The request is over the limit of " + owner + " on " + what + " for one " + strings.ToLower(l.per)
	case l.per == "Account":
		return "Your account has reached the limit of " + owner + " on " + what + " for one account"
	default:
		return "You have reached the limit of " + owner + " on " + what + " for one user"
	}
}
