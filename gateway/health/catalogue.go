package health

// The kinds of findings. A code is never used again for something else.
var (
	databaseAway = Kind{
		"B-001", Broken, "The database does not answer",
		"Nothing can be started, stopped or changed. Notebooks that run go on; people who are signed in keep them for 15 minutes.",
		"Look at Postgres: is it running, is its disk full, are there connections left? berth recovers by itself.",
	}
	schemaOld = Kind{
		"B-002", Broken, "The database's schema is not this version's",
		"Parts of this gateway fail.",
		"Run “berth migrate” with this version of berth, then look again.",
	}
	clusterDown = Kind{
		"B-003", Broken, "A scheduler does not answer",
		"Nothing new can be started there. Sessions that run go on, and nothing is concluded about them.",
		"Run squeue and sinfo (or qstat) as the service's user on this host; look at the controller and at command_timeout.",
	}
	clusterSilent = Kind{
		"B-004", Broken, "A scheduler has never answered",
		"Its partitions are not offered to anybody.",
		"Check bin_dir and slurm_conf of the cluster in the config, and run its commands as the service's user.",
	}
	queuesStale = Kind{
		"B-005", Warning, "What is known of the partitions is old",
		"The form shows numbers of free GPUs that are not true any more.",
		"Look at how long sinfo (or qstat -Q) takes, and at queue_interval.",
	}
	noLeader = Kind{
		"B-006", Broken, "No gateway leads",
		"Nobody compares sessions with the scheduler: ends are noticed late, nothing that recurs is done.",
		"Look for “leading” in the gateways' logs; one takes over within seconds if it can reach the database with one more connection.",
	}
	reconcileOld = Kind{
		"B-007", Broken, "Sessions have not been compared with the scheduler for long",
		"Pages show states that are not true any more.",
		"Look at the job “reconcile” on the page Jobs, and for “reconcile failed” in the leader's log.",
	}
	clockSkew = Kind{
		"B-008", Warning, "This gateway's clock is not the database's",
		"Times on pages, limits by the day and the ends of permissions are off by as much.",
		"Keep time with chrony or ntpd on the gateway and on the database's host.",
	}
	jobFailing = Kind{
		"B-009", Warning, "Recurring work fails",
		"What the job does is not done; see what it is for on the page Jobs.",
		"Read the job's last result on the page Jobs, mend the cause, and press “Run now”.",
	}
	jobLate = Kind{
		"B-010", Warning, "Recurring work is overdue",
		"What the job does has not been done when it should.",
		"Is there a leader? Is a run stuck? See the page Jobs.",
	}
	jobsWithoutSession = Kind{
		"B-011", Warning, "Jobs carry berth's tag and belong to no session",
		"They hold resources for nobody, or another installation of the same name started them.",
		"See the page Drift. Give each installation a name of its own; reconcile.orphans: cancel lets berth end such jobs.",
	}
	sessionsMissing = Kind{
		"B-012", Warning, "The scheduler does not report jobs of live sessions",
		"If neither the queue nor accounting reports them for lost_after, their sessions end as lost.",
		"Ask the scheduler about the jobs on the page Drift; look at MinJobAge and at accounting.",
	}
	agentsLost = Kind{
		"B-013", Warning, "Running sessions are not connected",
		"Their notebooks run, and nobody can open them.",
		"Can those nodes reach agent.url of every gateway? Look at a firewall, and at the early log in ~/.berth/log of an owner.",
	}
	certificateEnds = Kind{
		"B-014", Warning, "A certificate ends soon",
		"After that browsers refuse the site, or new jobs cannot call back.",
		"Renew it and restart the gateway. A new certificate of the agent listener is made by removing agent.crt and agent.key in state_dir, when no session runs.",
	}
	diskFull = Kind{
		"B-015", Warning, "state_dir is nearly full",
		"berth keeps its keys and certificates there, and maybe its database.",
		"Make room on that file system.",
	}
	notSecure = Kind{
		"B-016", Notice, "People reach the site without https",
		"Passwords and cookies cross the network in the clear.",
		"Put a proxy that speaks https in front, or set tls; then change public_url to https://.",
	}
	replicaSilent = Kind{
		"B-017", Notice, "A gateway has stopped without saying goodbye",
		"The others serve its people; agents let go of it by themselves.",
		"If it is gone for good, nothing: it is forgotten. Otherwise look at why it does not run.",
	}
)

// Catalogue lists every kind of finding, in the order of the codes.
func Catalogue() []Kind {
	return []Kind{
		databaseAway, schemaOld, clusterDown, clusterSilent, queuesStale, noLeader, reconcileOld, clockSkew, jobFailing,
		jobLate, jobsWithoutSession, sessionsMissing, agentsLost, certificateEnds, diskFull, notSecure, replicaSilent,
	}
}
