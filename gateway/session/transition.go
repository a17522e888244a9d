package session

// Event is something that happened to a session, as the table knows it.
type Event string

// The events of the transition table.
const (
	EvSubmitted Event = "submitted"   // the scheduler accepted the job
	EvRefused   Event = "refused"     // no job was made, and none will be
	EvWaiting   Event = "job_waiting" // the job waits in the queue (first time or again)
	EvRunning   Event = "job_running" // the job runs, says the scheduler
	EvClaimed   Event = "claimed"     // the job's agent proved itself
	EvReady     Event = "app_ready"   // the app answers
	EvStop      Event = "stop"        // somebody or some rule wants the end
	EvOver      Event = "over"        // proof that the job or the app has ended
	EvLost      Event = "lost"        // missing from queue and accounting past the deadline
)

// Events lists every event.
func Events() []Event {
	return []Event{EvSubmitted, EvRefused, EvWaiting, EvRunning, EvClaimed, EvReady, EvStop, EvOver, EvLost}
}

// table is the whole state machine: every event in every state.
//
// EvWaiting in Starting or Ready is a requeue; the caller passes it only for an
// observation that is newer than the agent's claim (a higher restart count), so
// that an old poll never throws a running notebook back.
var table = map[State]map[Event]State{
	Requested: {
		EvSubmitted: Queued, EvRefused: Ended, EvWaiting: Queued, EvRunning: Starting, EvClaimed: Starting,
		EvReady: Requested, EvStop: Stopping, EvOver: Ended, EvLost: Ended,
	},
	Queued: {
		EvSubmitted: Queued, EvRefused: Queued, EvWaiting: Queued, EvRunning: Starting, EvClaimed: Starting,
		EvReady: Queued, EvStop: Stopping, EvOver: Ended, EvLost: Ended,
	},
	Starting: {
		EvSubmitted: Starting, EvRefused: Starting, EvWaiting: Queued, EvRunning: Starting, EvClaimed: Starting,
		EvReady: Ready, EvStop: Stopping, EvOver: Ended, EvLost: Ended,
	},
	Ready: {
		EvSubmitted: Ready, EvRefused: Ready, EvWaiting: Queued, EvRunning: Ready, EvClaimed: Ready,
		EvReady: Ready, EvStop: Stopping, EvOver: Ended, EvLost: Ended,
	},
	Stopping: {
		EvSubmitted: Stopping, EvRefused: Ended, EvWaiting: Stopping, EvRunning: Stopping, EvClaimed: Stopping,
		EvReady: Stopping, EvStop: Stopping, EvOver: Ended, EvLost: Ended,
	},
	Ended: {
		EvSubmitted: Ended, EvRefused: Ended, EvWaiting: Ended, EvRunning: Ended, EvClaimed: Ended,
		EvReady: Ended, EvStop: Ended, EvOver: Ended, EvLost: Ended,
	},
}

// Next is the state after the event. It is pure and total: a pair that changes
// nothing answers the same state. An unknown event changes nothing.
func Next(from State, e Event) State {
	if to, ok := table[from][e]; ok {
		return to
	}
	return from
}
