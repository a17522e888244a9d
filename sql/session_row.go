package sql

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// rowOf is the session as its row. What came from outside is cleaned.
func rowOf(s session.Session) dbsqlc.Session {
	return dbsqlc.Session{
		ID: string(s.ID), Owner: s.Owner, Name: s.Name, App: s.App,
		Cluster: s.Cluster, Queue: s.Queue, Account: s.Account, Qos: s.QOS,
		Nodes: s.Resources.Nodes, Cpus: s.Resources.CPUs, Memory: int64(s.Resources.Memory),
		Gpus: s.Resources.GPUs, GpuType: s.Resources.GPUType, TimeLimit: s.TimeLimit.Std(),
		State: string(s.State), Attempt: s.Attempt, Version: s.Version,
		JobID:          string(s.JobID),
		JobState:       clean(string(s.JobState), maxText),
		JobNative:      clean(s.JobNative, maxText),
		JobReason:      clean(s.JobReason, maxText),
		Node:           clean(s.Node, maxText),
		EstimatedStart: zeronull.Timestamptz(s.EstimatedStart),
		MissingSince:   zeronull.Timestamptz(s.MissingSince),
		MissingPolls:   s.MissingPolls,
		AgentSince:     zeronull.Timestamptz(s.AgentSince),
		AgentLost:      zeronull.Timestamptz(s.AgentLost),
		ClaimHash:      s.ClaimHash,
		CreatedAt:      s.CreatedAt,
		QueuedAt:       zeronull.Timestamptz(s.QueuedAt),
		StartedAt:      zeronull.Timestamptz(s.StartedAt),
		ReadyAt:        zeronull.Timestamptz(s.ReadyAt),
		EndedAt:        zeronull.Timestamptz(s.EndedAt),
		StopReason:     string(s.StopReason),
		StoppedBy:      clean(s.StoppedBy, maxText),
		Reason:         string(s.Reason),
		Detail:         clean(s.Detail, maxText),
		ExitCode:       s.ExitCode,
		Signal:         s.Signal,
		OwnerGroups:    groupsOf(s.OwnerGroups),
		HeldUntil:      zeronull.Timestamptz(s.HeldUntil),
	}
}

// sessionOf is the row as a session.
func sessionOf(r dbsqlc.Session) session.Session {
	return session.Session{
		ID: session.ID(r.ID), Owner: r.Owner, Name: r.Name, App: r.App,
		Cluster: r.Cluster, Queue: r.Queue, Account: r.Account, QOS: r.Qos,
		Resources: batch.Resources{
			Nodes: r.Nodes, CPUs: r.Cpus, Memory: batch.Bytes(r.Memory), GPUs: r.Gpus, GPUType: r.GpuType,
		},
		TimeLimit: batch.Duration(r.TimeLimit),
		State:     session.State(r.State), Attempt: r.Attempt, Version: r.Version,
		JobID: batch.JobID(r.JobID), JobState: batch.State(r.JobState), JobNative: r.JobNative, JobReason: r.JobReason,
		Node:           r.Node,
		EstimatedStart: utc(r.EstimatedStart), MissingSince: utc(r.MissingSince), MissingPolls: r.MissingPolls,
		AgentSince: utc(r.AgentSince), AgentLost: utc(r.AgentLost),
		ClaimHash: r.ClaimHash,
		CreatedAt: r.CreatedAt.UTC(),
		QueuedAt:  utc(r.QueuedAt), StartedAt: utc(r.StartedAt), ReadyAt: utc(r.ReadyAt), EndedAt: utc(r.EndedAt),
		StopReason: session.EndReason(r.StopReason), StoppedBy: r.StoppedBy,
		Reason: session.EndReason(r.Reason), Detail: r.Detail, ExitCode: r.ExitCode, Signal: r.Signal,
		OwnerGroups: orNil(r.OwnerGroups), HeldUntil: utc(r.HeldUntil),
	}
}

func sessionsOf(rows []dbsqlc.Session) []session.Session {
	out := make([]session.Session, len(rows))
	for i, r := range rows {
		out[i] = sessionOf(r)
	}
	return out
}

// groupsOf is what a column that is never null takes.
func groupsOf(groups []string) []string {
	if groups == nil {
		return []string{}
	}
	return groups
}

// orNil is an empty array as sessions have it.
func orNil(groups []string) []string {
	if len(groups) == 0 {
		return nil
	}
	return groups
}

// utc turns null into the zero time.
func utc(t zeronull.Timestamptz) time.Time { return time.Time(t).UTC() }

// orNow is for dates that the caller leaves to us.
func orNow(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now()
	}
	return t
}
