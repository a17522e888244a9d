package tunnel

// Stop tells the session's agent to stop the app and end, and reports whether
// there was one to tell. The agent answers with Exited.
func (r *Registry) Stop(session, reason string) bool {
	p := r.newest(session)
	if p == nil {
		return false
	}
	p.send(typeStop, notice{Reason: clip(reason, MaxText)})
	return true
}

// Supersede ends the link of the session if its attempt is below the given one,
// as a claim accepted by another replica of the gateway makes necessary.
func (r *Registry) Supersede(session string, attempt int) {
	if p := r.newest(session); p != nil && p.id.Attempt < attempt {
		p.finish(typeSuperseded, "a newer job runs this session")
		p.cut()
	}
}

// Revoke ends the session's agent at once, without waiting for its report.
func (r *Registry) Revoke(session, reason string) {
	if p := r.newest(session); p != nil {
		p.finish(typeRevoked, clip(reason, MaxText))
	}
}

// Announce tells every agent which gateways there are now.
func (r *Registry) Announce(urls, fingerprints []string) error {
	if err := validGateways(urls, fingerprints); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.peers {
		p.send(typeGateways, gateways{Gateways: urls, Fingerprints: fingerprints})
	}
	return nil
}

func (r *Registry) newest(session string) *peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sessions[session]; s != nil {
		return s.peer
	}
	return nil
}
