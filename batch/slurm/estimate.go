package slurm

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Estimate runs "sbatch --test-only" as the owner. It costs the controller a
// scheduling attempt, so ask when somebody asks, not in a loop.
func (s *Scheduler) Estimate(ctx context.Context, owner string, script batch.Script) (time.Time, error) {
	res, err := s.sbatch(ctx, owner, script, "--test-only")
	if err != nil {
		return time.Time{}, fmt.Errorf("slurm: estimate: %w", err)
	}
	return parseEstimate(res.Stderr, machineZone()), nil
}

var estimatePattern = regexp.MustCompile(`Job [0-9]+ to start at (\S+)`)

// parseEstimate reads "sbatch: Job 80 to start at 2026-11-23T12:51:53 using 1
// processors ...". Sudo drops SLURM_TIME_FORMAT unless told otherwise, so that
// the time is in the machine's zone, or seconds since 1970. The zero time if
// it says neither.
func parseEstimate(stderr []byte, zone *time.Location) time.Time {
	m := estimatePattern.FindSubmatch(stderr)
	if m == nil {
		return time.Time{}
	}
	text := string(m[1])
	if t, err := time.ParseInLocation("2006-01-02T15:04:05", text, zone); err == nil {
		return t.UTC()
	}
	t, err := parseTime(text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// machineZone is the zone of a command that runs without TZ, as ours do. It is
// not time.Local, which follows the service's own TZ.
func machineZone() *time.Location {
	data, err := os.ReadFile("/etc/localtime")
	if err != nil {
		return time.UTC
	}
	zone, err := time.LoadLocationFromTZData("machine", data)
	if err != nil {
		return time.UTC
	}
	return zone
}
