package batch

import (
	"regexp"
	"strings"
)

// What the scheduler of PBS writes into the comment of a job that waits, and of
// one that no waiting helps.
const (
	pbsWaits = "Not Running: "
	pbsNever = "Can Never Run: "
)

// pbsText says in plain words what a comment of PBS means; "" if it is none.
func pbsText(reason string) string {
	why, never := strings.CutPrefix(reason, pbsNever)
	if !never {
		var waits bool
		if why, waits = strings.CutPrefix(reason, pbsWaits); !waits {
			return ""
		}
	}
	why = strings.TrimSuffix(strings.TrimSpace(why), ".")
	if m := pbsAmount.FindStringSubmatch(why); m != nil {
		return pbsShortage(m, never)
	}
	for _, t := range pbsTexts {
		if m := t.says.FindStringSubmatchIndex(why); m != nil {
			return string(t.says.ExpandString(nil, t.text, why, m))
		}
	}
	return why
}

// "Insufficient amount of resource: ngpus (R: 1 A: 0 T: 8)": requested, available
// and total.
var pbsAmount = regexp.MustCompile(`^Insufficient amount of (?:queue |server )?resource: (\S+) *(?:\(R: (\S+) A: (\S+) T: (\S+)\))?`)

var pbsResources = map[string]string{"ngpus": "GPUs", "ncpus": "CPUs", "mem": "memory"}

func pbsShortage(m []string, never bool) string {
	what := pbsResources[m[1]]
	switch {
	case what == "" && never:
		return "The cluster has no node with the " + m[1] + " that was asked for"
	case what == "":
		return "Waiting for a node with the " + m[1] + " that was asked for"
	case never:
		return "The cluster has not enough " + what + " for this: " + m[2] + " asked for, " + m[4] + " there"
	case m[3] == "" || m[3] == "0" || m[3] == "0kb":
		return "Waiting for free " + what
	default:
		return "Waiting for enough free " + what + " on one node (" + m[3] + " free)"
	}
}

var pbsTexts = []struct {
	says *regexp.Regexp
	text string
}{
	{regexp.MustCompile(`^Queue not started`), "The queue does not start jobs now"},
	{regexp.MustCompile(`^User has reached queue (\S+) running job limit`), "You have as many running jobs in queue $1 as you may have"},
	{regexp.MustCompile(`^User has reached server running job limit`), "You have as many running jobs as you may have"},
	{regexp.MustCompile(`^(?:Group|Project) has reached (?:server|queue) .*running`), "Your group or project has as many running jobs as it may have"},
	{regexp.MustCompile(`^Queue (\S+) job limit has been reached`), "As many jobs run in queue $1 as may run at once"},
	{regexp.MustCompile(`^Server job limit has been reached`), "As many jobs run on the cluster as may run at once"},
	{regexp.MustCompile(`^Queue (\S+) per-user limit reached on resource ngpus`), "You use as many GPUs in queue $1 as you may use at once"},
	{regexp.MustCompile(`^Server per-user limit reached on resource ngpus`), "You use as many GPUs as you may use at once"},
	{regexp.MustCompile(`^Queue (\S+) per-(user|group) limit reached on resource (\S+)`), "The limit of queue $1 for one $2 on $3 is reached"},
	{regexp.MustCompile(`^Server per-(user|group|project) limit reached on resource (\S+)`), "The cluster's limit for one $1 on $2 is reached"},
	{regexp.MustCompile(`^Job would (?:conflict|interfere) with (?:a )?reservation or top job|^Job would interfere with a top job|^Job would break strict sorted order`), "Other jobs are ahead in the queue"},
	{regexp.MustCompile(`^Job would interfere with a confirmed reservation|^Job would cross (?:into )?dedicated|^Dedicated time conflict`), "It would run into a time that is reserved"},
	{regexp.MustCompile(`^Not enough free nodes available|^No available resources on nodes|^Not enough of the right type of nodes`), "Waiting for enough free nodes"},
	{regexp.MustCompile(`^Not enough total nodes available`), "The cluster has not as many nodes as were asked for"},
	{regexp.MustCompile(`requesting an exclusive node and node is in use`), "Waiting for a node of its own"},
	{regexp.MustCompile(`^Node is in an ineligible state`), "The nodes that could run this are down or closed"},
}
