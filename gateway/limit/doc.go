// Package limit decides whether a session may be asked for: the admin's rules
// about what somebody may ask for and hold at once, and the maintenance that is
// planned. It is pure: no clock, no I/O. What is held is counted by the caller,
// from rows, in the transaction that admits the next session; so nothing is
// ever refunded, and nothing can be overspent.
//
// # Rules
//
// A Rule is one number (or yes/no, or a list of apps) for one Field, one Who
// (everyone, a user, a group) in one Scope (cluster and queue, "" for all).
// Fields lists what can be limited; the list drives the store, the command
// line, the YAML file, the API and the pages. Zero is a number like any other:
// none allowed. No rule is no limit.
//
// # Which rule holds
//
// Among the rules of the same scope, field and GPU type that apply to a person,
// the most specific one holds: their own, else the most generous of their
// groups', else everyone's. So "everyone 2, group ml 8, alice 16" is read as
// it is written, and so is "nobody may use a100 but group ml".
//
// Rules of different scopes, and those for one GPU type and for all, are
// different rules, and all of them hold: a partition's does not lift the
// site's.
//
// A rule that counts Together is about all whom it applies to as one: "group
// physics together 32 GPUs". Nothing overrides it: each one that applies holds.
//
// Of the rules that stop a request one is named: the first in the order of
// Fields, and of those of one field the one that leaves the least.
//
// # Counting
//
// A rule counts what is held within its own scope. Sessions that wait hold
// what they have asked for. GPU time is counted by calendar periods: what has
// been used since the period began, what running sessions may still use until
// their time limit, and all that waiting ones have asked for; so that the
// period's total never exceeds the limit whatever starts when. What a job used
// before the scheduler put it back into the queue is not counted.
//
// A request for GPUs of any type counts against the rules of every type,
// because it may get any.
//
// # Maintenance
//
// Nothing is admitted that would run into a Window, allowing for Margin; a job
// that has waited until it would is Blocked, and whoever watches the queue
// holds it until the window is over.
//
// # What the scheduler enforces
//
// FromQueue and FromEntitlement put the batch system's own limits into the same
// form (Effective), so that one Explanation tells a person everything.
package limit
