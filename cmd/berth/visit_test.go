package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// A permission opens one session, to one admin's browsers, for a while; to
// nobody else and nothing else.
func TestVisitNeedsPermission(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	mine, other := s.launch(t, "mine"), s.launch(t, "other")
	s.directory.appoint("erin")
	_, carol := s.signIn(t, "carol")
	_, again := s.signIn(t, "carol")
	_, erin := s.signIn(t, "erin")
	_, bob := s.signIn(t, "bob")
	_, token := s.token(t, "carol", login.Inherit)
	at := func(p persona, v session.Session) bool {
		status, _ := s.ask(t, http.MethodGet, "/user/alice/"+v.Name+"/tree", p)
		return status != http.StatusNotFound // no app runs here: whoever is let in is told to wait
	}
	only := func(when string, in bool) {
		t.Helper()
		for name, want := range map[string]bool{"carol": in, "carol elsewhere": in, "erin": false, "bob": false, "carol's token": false} {
			p := map[string]persona{
				"carol": {cookie: carol}, "carol elsewhere": {cookie: again}, "erin": {cookie: erin}, "bob": {cookie: bob}, "carol's token": {token: token},
			}[name]
			if got := at(p, mine); got != want {
				t.Errorf("%s, %s: let in %t", when, name, got)
			}
			if at(p, other) {
				t.Errorf("%s, %s is let into another session", when, name)
			}
		}
	}
	only("before", false)
	office := &admin.Sessions{Store: s.store, Grants: s.store, Lifecycle: s.lifecycle, Now: time.Now}
	who := admin.Actor{Name: "carol", Address: "192.0.2.9"}
	if _, err := office.Open(t.Context(), who, mine.ID, "  "); err == nil {
		t.Error("opened without a reason")
	}
	only("after a try without a reason", false)
	if _, err := office.Open(t.Context(), who, mine.ID, "asked for help"); err != nil {
		t.Fatal(err)
	}
	only("with a permission", true)
	timeline, err := s.store.Timeline(t.Context(), mine.ID)
	if last := timeline[len(timeline)-1]; err != nil || last.By != "carol" || last.Text != "an admin may open this session for 60 minutes: asked for help" {
		t.Errorf("alice reads %+v (%v)", last, err)
	}
	if err := office.Leave(t.Context(), who, mine.ID); err != nil {
		t.Fatal(err)
	}
	only("after it was given back", false)
	log, err := s.store.AuditLog(t.Context(), admin.AuditFilter{By: "carol", Target: string(mine.ID)})
	if err != nil || len(log) != 2 || log[0].Action != "session.leave" || log[1].Action != "session.open" || log[1].Address != "192.0.2.9" {
		t.Errorf("the audit log has %+v (%v)", log, err)
	}
	// One that is over.
	past := time.Now().Add(-time.Minute)
	err = s.store.CreateGrant(t.Context(), admin.Grant{Session: mine.ID, Admin: "carol", Reason: "x y z", From: past.Add(-time.Hour), Until: past},
		who.Did("session.open", string(mine.ID), ""), session.Evidence{})
	if err != nil {
		t.Fatal(err)
	}
	only("after its time", false)
	// Who is no admin any more is not let in by an old permission.
	if _, err := office.Open(t.Context(), admin.Actor{Name: "erin"}, mine.ID, "asked for help"); err != nil {
		t.Fatal(err)
	}
	if !at(persona{cookie: erin}, mine) {
		t.Error("erin is not let in")
	}
	s.directory.appoint("")
	s.signIn(t, "erin") // her groups are read anew
	if at(persona{cookie: erin}, mine) {
		t.Error("erin is let in, and is no admin any more")
	}
}
