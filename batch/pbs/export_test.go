package pbs

// BeNobody makes the scheduler one of a service without privileges.
func BeNobody(s *Scheduler) { s.self = "berth" }
