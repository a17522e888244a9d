package slurm

import (
	"context"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/batch/command"
)

// getent asks the name service of the system, which a static binary cannot ask
// by itself: users may be in LDAP.
const getent = "/usr/bin/getent"

// mostCancellers are named; those of further rows stay numbers.
const mostCancellers = 1000

// nameCancellers puts user names where sacct has printed numbers. A number that
// has no name stays, and so do all of them without an answer.
func (s *Scheduler) nameCancellers(ctx context.Context, rows []row) {
	var uids []string
	for _, r := range rows {
		if r.job.CancelledBy != "" {
			uids = append(uids, r.job.CancelledBy)
		}
	}
	slices.Sort(uids)
	uids = slices.Compact(uids)
	if len(uids) == 0 {
		return
	}
	uids = uids[:min(len(uids), mostCancellers)]
	res, err := s.run.Run(ctx, command.Command{Path: getent, Args: append([]string{"passwd"}, uids...)})
	if err != nil {
		return
	}
	names := map[string]string{}
	for line := range strings.Lines(string(res.Stdout)) { // passwd(5)
		if fields := strings.Split(line, ":"); len(fields) > 2 && ownerPattern.MatchString(fields[0]) {
			names[fields[2]] = fields[0]
		}
	}
	for i := range rows {
		if name := names[rows[i].job.CancelledBy]; name != "" {
			rows[i].job.CancelledBy = name
		}
	}
}
