// Package limit decides whether a session may be asked for: the admin's rules
// about what somebody may ask for and hold at once. It is pure: no clock, no
// I/O. What somebody holds is counted by the caller, from live sessions, in the
// transaction that admits the next one; so nothing is ever refunded.
//
// Every rule that matches a request is applied; the first one that denies, in
// the order of the numbers they set (the strictest first), is named in the
// refusal with have, want and max. A rule matches when its cluster, queue and
// subject do; an empty field matches everything.
package limit
