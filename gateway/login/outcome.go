package login

// What can come of a try to sign in, as the log and Config.SignedIn say it.
const (
	signedIn    = "signed in"
	invalid     = "invalid credentials"
	notAllowed  = "not allowed"
	throttled   = "throttled"
	unavailable = "directory unavailable"
	givenUp     = "given up by the browser"
	notStored   = "not stored"
	failed      = "failed"
)

// Outcomes lists them.
func Outcomes() []string {
	return []string{signedIn, invalid, notAllowed, throttled, unavailable, givenUp, notStored, failed}
}

func (s *Service) say(outcome string) {
	if s.cfg.SignedIn != nil {
		s.cfg.SignedIn(outcome)
	}
}
