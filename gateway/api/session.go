package api

import (
	"net/url"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// Session is a notebook session in answers. Pointers are null for what is not
// known, not yet so, or does not apply.
type Session struct {
	ID       session.ID    `json:"id"`
	Name     string        `json:"name"`
	Owner    string        `json:"owner"`
	App      string        `json:"app"`
	State    session.State `json:"state"`
	Headline string        `json:"headline"` // the state in words
	URL      string        `json:"url"`      // where the app is served

	Cluster          string    `json:"cluster"`
	Queue            string    `json:"queue"`
	Account          *string   `json:"account"` // null: the owner's default
	QOS              *string   `json:"qos"`     // null: the default
	Resources        Resources `json:"resources"`
	TimeLimit        string    `json:"time_limit"` // "1h30m", as a launch request writes it
	TimeLimitSeconds int64     `json:"time_limit_seconds"`

	// The job, as the scheduler reported it last.
	JobID          *batch.JobID `json:"job_id"`
	JobState       *batch.State `json:"job_state"`
	JobReason      *string      `json:"job_reason"` // why it waits, in the scheduler's words
	Node           *string      `json:"node"`
	Attempt        int          `json:"attempt"` // 2 after the scheduler requeued the job once
	AgentConnected bool         `json:"agent_connected"`

	CreatedAt      time.Time  `json:"created_at"`
	QueuedAt       *time.Time `json:"queued_at"`
	EstimatedStart *time.Time `json:"estimated_start"`
	StartedAt      *time.Time `json:"started_at"` // the job, in this attempt
	ReadyAt        *time.Time `json:"ready_at"`   // the app, in this attempt
	Deadline       *time.Time `json:"deadline"`   // when the scheduler will end the job
	EndedAt        *time.Time `json:"ended_at"`

	Reason     *session.EndReason `json:"reason"`
	ReasonText *string            `json:"reason_text"`
	Detail     *string            `json:"detail"`
	ExitCode   *int               `json:"exit_code"`
	Signal     *int               `json:"signal"`
}

// Resources are what the session's job asked for.
type Resources struct {
	Nodes   int     `json:"nodes"`
	CPUs    int     `json:"cpus"`
	Memory  *int64  `json:"memory"` // bytes; null: the queue's default
	GPUs    int     `json:"gpus"`
	GPUType *string `json:"gpu_type"` // null: none, or any type
}

// SessionList is the answer to a list of sessions.
type SessionList struct {
	Sessions []Session `json:"sessions"`
	Next     *string   `json:"next"` // ?after of the next page; null: this is the last
}

func (a *API) session(s session.Session) Session {
	path := url.URL{Path: s.BasePath()}
	out := Session{
		ID: s.ID, Name: s.Name, Owner: s.Owner, App: s.App, State: s.State,
		Headline: s.Headline(), URL: a.public + path.EscapedPath(),

		Cluster: s.Cluster, Queue: s.Queue, Account: known(s.Account), QOS: known(s.QOS),
		Resources: Resources{
			Nodes: max(s.Resources.Nodes, 1), CPUs: s.Resources.CPUs, Memory: known(int64(s.Resources.Memory)),
			GPUs: s.Resources.GPUs, GPUType: known(s.Resources.GPUType),
		},
		TimeLimit: s.TimeLimit.String(), TimeLimitSeconds: int64(s.TimeLimit.Std() / time.Second),

		JobID: known(s.JobID), JobState: known(s.JobState), JobReason: known(s.JobReason),
		Node: known(s.Node), Attempt: s.Attempt, AgentConnected: !s.AgentSince.IsZero(),

		CreatedAt: s.CreatedAt.UTC().Truncate(time.Millisecond), QueuedAt: when(s.QueuedAt),
		EstimatedStart: when(s.EstimatedStart), StartedAt: when(s.StartedAt), ReadyAt: when(s.ReadyAt),
		Deadline: when(s.Deadline()), EndedAt: when(s.EndedAt),

		Detail: known(s.Detail), ExitCode: s.ExitCode, Signal: known(s.Signal),
	}
	if s.Reason != "" {
		text := s.Reason.Text()
		out.Reason, out.ReasonText = &s.Reason, &text
	}
	return out
}
