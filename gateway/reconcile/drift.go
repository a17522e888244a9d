package reconcile

import (
	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// Kind is a kind of disagreement between rows, schedulers and agents.
type Kind string

// The kinds of drift.
const (
	// RowWithoutJob: a live session whose job nobody reports, or that never got
	// one.
	RowWithoutJob Kind = "row_without_job"
	// JobWithoutRow: a job that carries our tag and that no live session owns.
	JobWithoutRow Kind = "job_without_row"
	// DuplicateJob: a second job of a session that has one.
	DuplicateJob Kind = "duplicate_job"
	// WrongState: the scheduler's word moves the session.
	WrongState Kind = "wrong_state"
	// ForeignTag: a job with a session's tag that is not its owner's. It is
	// never touched.
	ForeignTag Kind = "foreign_tag"
	// AgentWithoutSession: a connected agent whose session has ended or is not
	// there.
	AgentWithoutSession Kind = "agent_without_session"
	// TunnelWithoutClaim: a connected agent of which its session's row does not
	// know, or knows a newer one.
	TunnelWithoutClaim Kind = "tunnel_without_claim"
	// ClaimWithoutTunnel: a row that says that an agent is connected which is
	// not.
	ClaimWithoutTunnel Kind = "claim_without_tunnel"
)

// Kinds lists every kind, in a fixed order.
func Kinds() []Kind {
	return []Kind{
		RowWithoutJob, JobWithoutRow, DuplicateJob, WrongState, ForeignTag, AgentWithoutSession, TunnelWithoutClaim,
		ClaimWithoutTunnel,
	}
}

// Count says how much of each kind the round saw; kinds of which there was
// nothing are absent.
func (r Report) Count() map[Kind]int {
	count := map[Kind]int{}
	for _, d := range r.Drift {
		count[d.Kind]++
	}
	return count
}

// Drift is one disagreement.
type Drift struct {
	Kind    Kind        `json:"kind"`
	Cluster string      `json:"cluster,omitempty"`
	Session session.ID  `json:"session,omitempty"`
	Job     batch.JobID `json:"job,omitempty"`
	Owner   string      `json:"owner,omitempty"`
	Text    string      `json:"text"`             // what disagrees, in words
	Repair  string      `json:"repair,omitempty"` // what is done about it; "": nothing yet
	Done    bool        `json:"done"`             // the repair was made in this round
}

// add notes a disagreement, and hands a repair that was made to the audit.
func (o *round) add(d Drift) {
	d.Done = d.Repair != "" && !o.dry
	o.report.Drift = append(o.report.Drift, d)
	if d.Done && d.Kind != WrongState && d.Kind != ClaimWithoutTunnel && o.Audit != nil {
		o.Audit(o.ctx, d)
	}
}
