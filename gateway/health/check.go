package health

import (
	"fmt"
	"strings"
	"time"
)

const (
	mostSkew     = 2 * time.Second
	certEnds     = 30 * 24 * time.Hour
	silentFor    = 30 * time.Second
	overdueFor   = 5 * time.Minute
	fewFree      = 5 // percent
	littleFree   = 200 << 20
	atLeastStale = time.Minute
)

// Check judges the facts. No finding: nothing that was looked at is wrong.
func Check(f Facts) []Finding {
	var all []Finding
	add := func(k Kind, format string, args ...any) { all = append(all, k.found(fmt.Sprintf(format, args...))) }
	if f.Database != nil {
		add(databaseAway, "%s", firstLine(f.Database.Error()))
	}
	if f.Schema.Needed != 0 && f.Schema.Current != f.Schema.Needed {
		add(schemaOld, "The schema has version %d; this berth needs %d.", f.Schema.Current, f.Schema.Needed)
	}
	f.clusters(add)
	f.gateways(add)
	f.jobs(add)
	f.sessions(add)
	for _, c := range f.Certificates {
		switch left := c.Ends.Sub(f.Now); {
		case left <= 0:
			add(certificateEnds, "The certificate of %s ended on %s.", c.What, c.Ends.UTC().Format(time.DateOnly))
		case left < certEnds:
			add(certificateEnds, "The certificate of %s ends on %s, in %d days.", c.What, c.Ends.UTC().Format(time.DateOnly), int(left.Hours()/24))
		}
	}
	if d := f.Disk; d.Total > 0 && (d.Free*100 < d.Total*fewFree || d.Free < littleFree) {
		add(diskFull, "%s has %d MB free of %d MB.", d.Path, d.Free>>20, d.Total>>20)
	}
	if f.Secure != nil && !*f.Secure {
		add(notSecure, "The config’s public_url begins with http://.")
	}
	return sorted(all)
}

type adder func(k Kind, format string, args ...any)

func (f Facts) clusters(add adder) {
	for _, c := range f.Clusters {
		why := ""
		if c.Err != "" {
			why = " The last failure: " + firstLine(c.Err)
		}
		switch {
		case c.Answered.IsZero():
			add(clusterSilent, "%s has not answered since this gateway started.%s", c.Name, why)
		case !c.DownSince.IsZero():
			add(clusterDown, "%s has not answered for %s.%s", c.Name, span(f.Now.Sub(c.DownSince)), why)
		case c.Every > 0 && f.Now.Sub(c.Answered) > max(4*c.Every, atLeastStale):
			add(queuesStale, "What is shown of %s is %s old; it should be renewed every %s.", c.Name, span(f.Now.Sub(c.Answered)), span(c.Every))
		}
	}
}

func (f Facts) gateways(add adder) {
	if f.Led != nil && !*f.Led {
		add(noLeader, "No gateway holds the lock under which one of them leads.")
	}
	if f.Skew.Abs() > mostSkew {
		way := "ahead of"
		if f.Skew < 0 {
			way = "behind"
		}
		add(clockSkew, "The clock here is %s %s the database's.", f.Skew.Abs().Round(100*time.Millisecond), way)
	}
	for _, r := range f.Replicas {
		if age := f.Now.Sub(r.Heartbeat); age > silentFor {
			add(replicaSilent, "%s was last heard of %s ago.", r.Name, span(age))
		}
	}
	if every := f.CompareEvery; every > 0 && !f.Compared.IsZero() {
		if age := f.Now.Sub(f.Compared); age > max(10*every, atLeastStale) {
			add(reconcileOld, "The last comparison that went well was %s ago; there should be one every %s.", span(age), span(every))
		}
	}
}

func (f Facts) jobs(add adder) {
	for _, j := range f.Jobs {
		switch {
		case j.Failures > 0:
			last := "it has not gone well yet"
			if !j.LastOK.IsZero() {
				last = "it last went well " + span(f.Now.Sub(j.LastOK)) + " ago"
			}
			add(jobFailing, "%s has failed %s in a row; %s. The last result: %s", j.Name, times(j.Failures), last, firstLine(j.Detail))
		case !j.Running && !j.Due.IsZero() && f.Now.Sub(j.Due) > overdueFor:
			add(jobLate, "%s should have begun %s ago.", j.Name, span(f.Now.Sub(j.Due)))
		}
	}
}

func (f Facts) sessions(add adder) {
	if f.Orphans > 0 {
		add(jobsWithoutSession, "%s.", plural(f.Orphans, "such job was found", "such jobs were found"))
	}
	if f.Missing > 0 {
		add(sessionsMissing, "%s.", plural(f.Missing, "live session has a job that is not reported", "live sessions have jobs that are not reported"))
	}
	if f.Disconnected > 0 {
		add(agentsLost, "%s for more than two minutes.", plural(f.Disconnected, "session has been disconnected", "sessions have been disconnected"))
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// span says how long, in the largest unit that fits.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// firstLine is what a page can show of somebody's error.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > 300 {
		line = strings.ToValidUTF8(line[:300], "") + "…"
	}
	if line == "" {
		return "nothing was said."
	}
	return line
}
