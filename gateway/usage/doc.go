// Package usage knows what sessions hold and what they use.
//
// # What is counted
//
// A session holds its GPUs and CPUs while its job runs: every start of it, also
// those that the scheduler put back into the queue. A session whose job never
// ran holds nothing and asks for nothing.
//
//	asked   GPUs x time limit, for each start of a job; counted on the day of the start
//	held    GPUs x running time; split between the days
//	seen    of what was held, what agents have measured
//	used    GPUs x utilisation x time, of what was seen
//	idle    seen and not used; what was not seen is not called idle
//
// CPUs are counted in the same way. A wait is the time from the request to the
// first start of the job. A failure is a session that ended before its app
// answered. Days are UTC's. Somebody in several groups counts in each of them,
// so that the groups' sum may be more than the whole.
//
// # Promises
//
//   - A sample counts only for the attempt that its session is at, never for
//     more than the job holds, and at the gateway's clock: an agent runs as its
//     user and may say anything.
//   - Samples are thinned out to one a minute and written for all sessions
//     together. They are announced to nobody. What a gateway has not written
//     when it dies, a minute at most, is not seen.
//   - RollUp may run as often as one likes: it counts the open days anew and
//     leaves the closed ones alone. Reports are the same before and after it,
//     and outlive the sessions that they count.
//
// Left to others: how use is measured (package agent), where it is kept (sql),
// what follows from idleness, and all pictures.
package usage
