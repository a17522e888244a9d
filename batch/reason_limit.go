package batch

import "regexp"

// limitReason is the name of a Slurm limit taken apart. There are some 150 of
// them, all built the same way: QOSMaxGRESPerUser, AssocGrpCPURunMinutesLimit.
type limitReason struct {
	who     string // "QOS", "Assoc" or ""
	bound   string // "Grp", "Max" or "Min"
	what    string // a key of limitWords
	minutes string // "", "Minutes" or "RunMinutes"
	per     string // "", "Job", "Node", "User" or "Account"
}

var limitPattern = regexp.MustCompile(
	`^(QOS|Assoc|)(Grp|Max|Min)([A-Za-z]+?)(RunMinutes|Minutes|)(?:Per(Job|Node|User|Account))?(?:Limit|NotSatisfied)?$`)

var limitWords = map[string]string{
	"BB": "burst buffer space", "Billing": "billing units",
	"Cpu": "CPUs", "CPU": "CPUs", "Energy": "energy", "GRES": "GPUs",
	"Job": "running jobs", "Jobs": "running jobs",
	"SubmitJob": "jobs in the queue", "SubmitJobs": "jobs in the queue",
	"License": "software licences", "Mem": "memory", "Memory": "memory",
	"Node": "nodes", "Unknown": "of a resource",
	"Wall": "time", "WallDuration": "time",
}

func parseLimit(reason string) (limitReason, bool) {
	m := limitPattern.FindStringSubmatch(reason)
	if m == nil || limitWords[m[3]] == "" {
		return limitReason{}, false
	}
	l := limitReason{who: m[1], bound: m[2], what: m[3], minutes: m[4], per: m[5]}
	if l.who == "" && l.per != "Account" {
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
	what := limitWords[l.what]
	if l.minutes != "" {
		what = "time on " + what
		if l.what == "Unknown" {
			what = "time on a resource"
		}
	}
	owner := map[string]string{"QOS": "the service class (QOS)", "Assoc": "your account", "": "the service class (QOS)"}[l.who]
	switch {
	case l.bound == "Min":
		return "Less " + what + " was asked for than " + owner + " requires"
	case l.bound == "Grp" && l.minutes == "Minutes":
		return "All the " + what + " of " + owner + " has been used up"
	case l.bound == "Grp" && l.minutes == "RunMinutes":
		return "All the " + what + " of " + owner + " is taken by running jobs"
	case l.bound == "Grp":
		return "All the " + what + " that " + owner + " may use at once are taken"
	case l.per == "Node":
		return "More " + what + " on one node was asked for than " + owner + " allows"
	case l.per == "Job":
		return "More " + what + " was asked for than " + owner + " allows one job"
	case l.per == "Account":
		return "Your account has all the " + what + " that " + owner + " allows one account"
	case l.per == "User" || l.bound == "Max":
		return "You have all the " + what + " that " + owner + " allows one user"
	}
	return ""
}
