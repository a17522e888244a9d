package batch_test

import (
	"os"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch"
)

func TestReasonText(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		"":                   "",
		"Resources":          "Waiting for enough free resources",
		"Priority":           "Other jobs are ahead in the queue",
		"PartitionTimeLimit": "The time asked for is longer than this partition allows",
		"Dependency":         "Waiting for another job",
		"ReqNodeNotAvail, UnavailableNodes:c[1-2],gpu07": "Nodes that this needs are not available (c[1-2],gpu07)",
		"ReqNodeNotAvail, UnavailableNodes:":             "A node that this needs is not available",
		"ReqNodeNotAvail":                                "A node that this needs is not available",
		"ReqNodeNotAvail, Reserved for maintenance":      "A node that this needs is not available: Reserved for maintenance",
		"RaisedSignal:9(Killed)":                         "The job was ended by signal 9(Killed)",
		"QOSMaxGRESPerUser":                              "You have reached the limit of the service class (QOS) on GPUs for one user",
		"QOSMaxWallDurationPerJobLimit":                  "The request is over the limit of the service class (QOS) on time for one job",
		"QOSMinGRES":                                     "The request is below the minimum of the service class (QOS) for GPUs",
		"AssocGrpCPURunMinutesLimit":                     "The limit of your account on time on CPUs is taken by running jobs",
		"AssocGrpGRESMinutes":                            "The limit of your account on time on GPUs has been used up",
		"AssocGrpMemLimit":                               "The limit of your account on memory in use at once has been reached",
		"AssocMaxJobsLimit":                              "You have reached the limit of your account on running jobs for one user",
		"MaxGRESPerAccount":                              "Your account has reached the limit of the service class (QOS) on GPUs for one account",
		"Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions": "The nodes that could run this are down, drained or reserved",

		"Something new":              "Something new",
		"QOSMaxFrobnicationsPerUser": "QOSMaxFrobnicationsPerUser",
		"Waits for the electrician":  "Waits for the electrician",
	} {
		if got := batch.ReasonText(reason); got != want {
			t.Errorf("%q:\n got %q\nwant %q", reason, got, want)
		}
	}
}

// TestEveryReasonIsExplained goes through all codes that Slurm has had from 20.11
// to 26.05.
func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/reasons.txt")
	if err != nil {
		t.Fatal(err)
	}
	for reason := range strings.Lines(string(text)) {
		reason = strings.TrimSuffix(reason, "\n")
		got := batch.ReasonText(reason)
		if got == reason || !strings.Contains(got, " ") || strings.Contains(got, "  ") {
			t.Errorf("%s: %q", reason, got)
		}
	}
}

func TestWillNeverRun(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]bool{
		"PartitionTimeLimit": true, "PartitionConfig": true, "DependencyNeverSatisfied": true, "BadConstraints": true,
		"QOSMaxWallDurationPerJobLimit": true, "AssocMaxGRESPerJob": true, "QOSMaxCpuPerNode": true, "QOSMinGRES": true, "MaxMemPerLimit": true,
		"Job's account not permitted to use this partition (gpu allows phys not chem)":    true,
		"Job's account not known, so it can't use this partition (acct allows phys,chem)": true,
		"Job's QOS not permitted to use this partition (acct denies long including long)": true,
		"": false, "None": false, "Priority": false, "Resources": false, "PartitionDown": false, "PartitionInactive": false,
		"QOSMaxGRESPerUser": false, "AssocGrpCpuLimit": false, "QOSMaxJobsPerUserLimit": false, "MaxGRESPerAccount": false,
		"ReqNodeNotAvail, UnavailableNodes:c3": false, "JobHeldUser": false,
	} {
		if got := (batch.Job{State: batch.Pending, Reason: reason}).WillNeverRun(); got != want {
			t.Errorf("%q: %v", reason, got)
		}
		if (batch.Job{State: batch.Running, Reason: reason}).WillNeverRun() {
			t.Errorf("%q: a running job will never run", reason)
		}
	}
}

func FuzzReasonText(f *testing.F) {
	f.Add("QOSMaxGRESPerUser")
	f.Add("ReqNodeNotAvail, UnavailableNodes:c[1-2]")
	f.Add("RaisedSignal:")
	f.Fuzz(func(t *testing.T, reason string) {
		got := batch.ReasonText(reason)
		if got == "" && reason != "" && reason != "(null)" && reason != "N/A" {
			t.Errorf("%q is explained by nothing", reason)
		}
		if len(got) > len(reason)+120 {
			t.Errorf("%q is explained at length: %q", reason, got)
		}
	})
}
