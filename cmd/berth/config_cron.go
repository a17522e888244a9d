package main

import (
	"maps"
	"slices"
	"time"

	"github.com/berth-hpc/berth/gateway/cron"
)

// recurring are the recurring jobs of an installation, in the order in which
// people see them, each with the schedule that it has when the config says
// nothing. What they do is found by their names: see jobs.work.
func recurring(c *fileConfig) []cron.Job {
	jobs := []cron.Job{
		{
			Name: jobReconcile, Spec: "@every " + pollInterval(c).String(), AtOnce: true, Often: true,
			About: "Compares sessions with schedulers and agents, and repairs what disagrees.",
		},
		{
			Name: jobRefreshQueues, Spec: "@every " + queueInterval(c).String(), Everywhere: true,
			About: "Asks each scheduler for its queues and free GPUs, in every gateway.",
		},
		{
			Name: jobCullIdle, Spec: "@every 1m", Often: true,
			About: "Warns owners of sessions that nobody uses, and then stops those sessions.",
		},
		{
			Name: jobWarnWalltime, Spec: "@every 1m", Often: true,
			About: "Tells people on their session's page that its time limit is near.",
		},
		{
			Name: jobSyncDirectory, Spec: "20 * * * *", Deadline: time.Hour,
			About: "Looks up in the directory whoever has something here; who has left it keeps nothing.",
		},
		{
			Name: jobMaintenance, Spec: "* * * * *", AtOnce: true, Often: true,
			About: "Holds waiting jobs that would run into a maintenance, and releases them afterwards.",
		},
		{
			Name: jobNotify, Spec: "@every 15s", Often: true, Deadline: 15 * time.Minute,
			About: "Tells people by mail, and the site by a webhook, what has become of sessions.",
		},
		{
			Name: jobExpire, Spec: "@hourly",
			About: "Removes sign-ins and tokens that have expired, and old failures to sign in.",
		},
		{
			Name: jobUsageRollUp, Spec: "45 2 * * *", Deadline: time.Hour,
			About: "Keeps whole days of use for reports, which outlive the sessions.",
		},
		{
			Name: jobPurge, Spec: "15 3 * * *", Deadline: 2 * time.Hour,
			About: "Removes what is older than the site wants to keep.",
		},
	}
	for i, j := range jobs {
		if j.Name == jobCullIdle && c.Idle.After == 0 || j.Name == jobSyncDirectory && c.LDAP.BindDN == "" ||
			j.Name == jobNotify && c.Notify.Mail.Server == "" && c.Notify.Webhook.URL == "" {
			jobs[i].Spec = cron.Off // there is nothing to do, or no way to do it
		}
		if spec, ok := c.Cron[j.Name]; ok {
			jobs[i].Spec = spec
		}
	}
	return jobs
}

// The jobs' names.
const (
	jobReconcile     = "reconcile"
	jobRefreshQueues = "refresh-queues"
	jobCullIdle      = "cull-idle"
	jobWarnWalltime  = "warn-walltime"
	jobSyncDirectory = "sync-directory"
	jobMaintenance   = "maintenance"
	jobNotify        = "notify"
	jobExpire        = "expire"
	jobUsageRollUp   = "usage-rollup"
	jobPurge         = "purge"
)

// needed are the jobs without which a gateway does not do what it promises.
var needed = []string{jobReconcile, jobRefreshQueues, jobMaintenance}

// pollInterval is how often the reconciler compares.
func pollInterval(c *fileConfig) time.Duration {
	interval := time.Hour
	for _, cl := range c.Clusters {
		interval = min(interval, cl.PollInterval.Std())
	}
	return interval
}

// queueInterval is how often queues are asked for, of the cluster where that is
// most often.
func queueInterval(c *fileConfig) time.Duration {
	interval := time.Hour
	for _, cl := range c.Clusters {
		interval = min(interval, cl.QueueInterval.Std())
	}
	return interval
}

// cron checks the schedules.
func (k *checker) cron(c *fileConfig) {
	var names []string
	for _, j := range recurring(c) {
		names = append(names, j.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Cron)) {
		key, spec := "cron."+name, c.Cron[name]
		if !slices.Contains(names, name) {
			k.fault(key, "there is no such job%s", suggest(name, names))
			continue
		}
		schedule, err := cron.Parse(spec, c.zone())
		switch {
		case err != nil:
			k.fault(key, "%v", err)
		case schedule.Never() && slices.Contains(needed, name):
			k.fault(key, "this job cannot be off: without it pages and sessions go stale, or jobs run into a maintenance")
		}
	}
}
