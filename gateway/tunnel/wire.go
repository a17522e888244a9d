package tunnel

import "time"

// Version is the protocol version that this code speaks by preference, and
// OldestVersion the oldest that a gateway still serves. Agents of release N-1
// live on through an upgrade of the gateway to N.
const (
	Version       = 2
	OldestVersion = 1

	portsVersion = 2 // since which agents connect streams to other ports
)

// Paths on the agent listener.
const (
	ControlPath = "/agent/v1/control" // WebSocket, one per agent and gateway
	DataPath    = "/agent/v1/data"    // HTTP/1.1 upgrade, one per parked connection
)

// Headers. Secrets travel in Authorization ("Bearer ...") and nowhere else.
const (
	HeaderVersion = "Berth-Tunnel-Version" // request: versions spoken, newest first, "2, 1"; answer: the one agreed
	HeaderClaim   = "Berth-Claim"          // request on ControlPath: a Claim without its secret, JSON in base64url
	HeaderLink    = "Berth-Link"           // request on DataPath: Manifest.Link
)

// DataProtocol is the Upgrade token of data connections.
const DataProtocol = "berth-data/1"

// startByte is written by the gateway on a parked connection when it takes it
// into use. Everything after it, in both directions, is the stream's own bytes.
// portByte is the same for a port of the agent's host other than the app's: two
// bytes follow it, the port, high byte first.
const (
	startByte = 'S'
	portByte  = 'P'
)

// Sizes in bytes, and counts. A peer that exceeds one is cut off.
const (
	MaxHeader     = 32 << 10 // request line and headers on the agent listener
	MaxHello      = 64 << 10 // the line on the agent's standard input
	MaxManifest   = 1 << 20  // a message from gateway to agent
	MaxMessage    = 256 << 10
	MaxRefusal    = 8 << 10 // body of a refusal
	MaxLogLine    = 8 << 10 // one line of the app's output; longer ones are cut into several
	MaxLogBatch   = 200     // lines in one Log event
	MaxGPUs       = 64      // devices in one Usage event
	MaxText       = 4 << 10 // any other text of an event or a command
	MaxGateways   = 32
	maxInFlight   = 8        // events sent and not acknowledged
	maxLogPayload = 32 << 10 // text of one Log event; JSON can make six times as much of it
)

// Clocks of the protocol. Both ends ping.
const (
	PingInterval   = 15 * time.Second
	DeadAfter      = 45 * time.Second // nothing heard on control
	HandshakeLimit = 10 * time.Second // TLS and request headers, and each answer
	BackoffFirst   = 500 * time.Millisecond
	BackoffMost    = 30 * time.Second
	StableAfter    = 60 * time.Second // accepted service after which the back-off starts anew
)
