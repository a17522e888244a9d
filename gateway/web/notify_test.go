package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/berth-hpc/berth/gateway/session"
)

// wishes are who wants mail.
type wishes struct {
	mu  sync.Mutex
	who map[string]bool
}

func (m *wishes) WantsMail(_ context.Context, owner string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.who[owner], nil
}

func (m *wishes) SetWantsMail(_ context.Context, owner string, wants bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.who[owner] = wants
	return nil
}

func TestAskForMail(t *testing.T) {
	t.Parallel()
	kept := &wishes{who: map[string]bool{}}
	w := newWorld(t, func(_ *session.Options, c *Config) { c.Mail = kept })
	id := string(w.furnish()["queued"])
	page := func() string { return w.get("alice", "/sessions/"+id).Body.String() }
	if !strings.Contains(page(), "Mail me about my sessions") {
		t.Error("it is not offered")
	}
	for _, f := range faultsOf(t, page()) {
		t.Error(f)
	}
	rec := w.post("alice", "/notify", url.Values{"mail": {"on"}, "back": {id}})
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/sessions/"+id || !kept.who["alice"] {
		t.Errorf("%d %v %v", rec.Code, rec.Header(), kept.who)
	}
	if !strings.Contains(page(), "alice@nova.example") || strings.Contains(page(), "Mail me about my sessions") {
		t.Error("the page does not say that she has asked")
	}
	rec = w.post("alice", "/notify", url.Values{"back": {"//evil.example"}})
	if rec.Header().Get("Location") != "/" || kept.who["alice"] {
		t.Errorf("%v %v", rec.Header(), kept.who)
	}
	if strings.Contains(newWorld(t).get("alice", "/").Body.String(), "Mail me") {
		t.Error("it is offered where there is no mail")
	}
}
