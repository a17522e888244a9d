package supervisor

import (
	"fmt"
	"os"
	"path"
	"strings"
)

// GroupOf is the name of a job's control group, where jobs get some.
func GroupOf(job string) string { return "berth-" + job }

// grouped makes sure that this process, and so all that it starts, is in the job's
// control group of version 2 (/proc/PID/cgroup in cgroups(7)).
func grouped(job string) error {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if at, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok && path.Base(at) == GroupOf(job) {
			return nil
		}
	}
	return fmt.Errorf("the job is not in its control group, %s: has sudo moved it (pam_systemd)?", GroupOf(job))
}
