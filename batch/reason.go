package batch

import "strings"

// ReasonText says in plain words why a job waits, from the scheduler's reason
// code ("JOB REASON CODES" in squeue(1)). A code that is not in the table is
// returned as it is; none is "".
func ReasonText(reason string) string {
	code, rest, _ := strings.Cut(strings.TrimSpace(reason), ",")
	text, ok := reasonTexts[code]
	switch {
	case !ok:
		return strings.TrimSpace(reason)
	case rest != "":
		return text + " (" + strings.TrimSpace(rest) + ")"
	}
	return text
}

var reasonTexts = map[string]string{
	"":                   "",
	"None":               "",
	"Resources":          "Waiting for enough free resources",
	"Priority":           "Other jobs are ahead in the queue",
	"PartitionTimeLimit": "The time asked for is longer than this partition allows; it will never start",
	"PartitionNodeLimit": "It asks for more nodes than this partition allows; it will never start",
}
