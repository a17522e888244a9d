package site

import (
	"strings"
	"sync"
	"testing"
)

var secretsMu sync.Mutex

// Secret adds a text that must never be in the gateway's log. Each is looked
// for when the gateway has ended.
func (g *Gateway) Secret(texts ...string) {
	secretsMu.Lock()
	defer secretsMu.Unlock()
	g.secrets = append(g.secrets, texts...)
}

// Secrets are those that were added.
func (g *Gateway) Secrets() []string {
	secretsMu.Lock()
	defer secretsMu.Unlock()
	return append([]string{}, g.secrets...)
}

func (g *Gateway) searchSecrets(t testing.TB) {
	t.Helper()
	log := g.Log(t)
	for _, s := range g.Secrets() {
		for line := range strings.Lines(log) {
			if strings.Contains(line, s) {
				t.Errorf("the log of %s holds a secret (%d characters) in: %s", g.Name, len(s), strings.ReplaceAll(line, s, "****"))
				break
			}
		}
	}
}
