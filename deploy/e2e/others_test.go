package e2e

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// place is one thing that can be asked of a gateway.
type place struct{ method, path string }

// othersSessions asks, as bob, for everything of alice's: through every
// operation of the API's own document, every page, and many paths of her
// notebook. The answer is always that there is no such thing.
func othersSessions(t *testing.T, g *site.Gateway) {
	alice := client.SignIn(t, g.URL, "alice")
	token := alice.WithToken(t)
	g.Secret(token.Token)
	s := alice.Ready(t, client.Small("private"))
	bob := client.SignIn(t, g.URL, "bob")
	bobsToken := bob.WithToken(t)
	carol := client.SignIn(t, g.URL, "carol") // an admin, but not in this page's way
	g.Secret(bobsToken.Token)

	places := append(apiPlaces(t, alice, s.ID, tokenID(t, alice)), pagePlaces(s.ID, tokenID(t, alice))...)
	if len(places) < 9 {
		t.Fatalf("only %d places to try: %v", len(places), places)
	}
	for _, p := range append(places, appPlaces(s)...) {
		for name, who := range map[string]*client.Client{"bob's browser": bob, "bob's token": bobsToken, "carol": carol} {
			if who == carol && strings.Contains(p.path, "/admin/") {
				continue // that is her business
			}
			a := who.Send(t, p.method, p.path, nil)
			if a.Status != http.StatusNotFound {
				t.Errorf("%s: %s", name, a)
			}
			if a.Says("jupyter") || a.Says(s.JobID) {
				t.Errorf("%s learns something: %s", name, a)
			}
		}
		nobody := client.Anonymous(t, g.URL).Send(t, p.method, p.path, nil)
		if nobody.Status != http.StatusUnauthorized && nobody.Status != http.StatusSeeOther && nobody.Status != http.StatusNotFound {
			t.Errorf("nobody: %s", nobody)
		}
	}

	// What is not there looks the same.
	there, missing := bob.Get(t, s.Path()), bob.Get(t, strings.ReplaceAll(s.Path(), s.ID, "aaaaaaaaaaaaaaaa"))
	if a, b := there.Problem(t, 404), missing.Problem(t, 404); a.Title != b.Title || a.Detail != b.Detail {
		t.Errorf("a session of alice's and one that is not there differ: %+v, %+v", a, b)
	}
	for _, path := range []string{"/api/v1/sessions", "/api/v1/tokens", "/"} {
		if a := bob.Get(t, path); a.Says(s.ID) || a.Says(`"private"`) {
			t.Errorf("bob's list shows what is alice's: %s", a)
		}
	}
	if now := alice.Show(t, s); now.State != "Ready" {
		t.Errorf("after all that the session is %s", now.State)
	}
	token.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
}

// apiPlaces are the operations of the OpenAPI document that are about one
// session or one token.
func apiPlaces(t *testing.T, c *client.Client, session, token string) []place {
	t.Helper()
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]any
		Servers []struct{ URL string }
	}
	c.Get(t, "/api/v1/openapi.json").Must(t, http.StatusOK, &document)
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("openapi is %q", document.OpenAPI)
	}
	parameter := regexp.MustCompile(`\{[^}]+\}`)
	var places []place
	for path, operations := range document.Paths {
		if !strings.Contains(path, "{") {
			continue
		}
		id := session
		if strings.Contains(path, "/tokens/") {
			id = token
		}
		full := parameter.ReplaceAllString(path, id)
		if !strings.HasPrefix(full, "/api/v1") {
			full = "/api/v1" + full
		}
		for method := range operations {
			if m := strings.ToUpper(method); slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, m) {
				places = append(places, place{m, full})
			}
		}
	}
	return places
}

func pagePlaces(session, token string) []place {
	return []place{
		{http.MethodGet, "/sessions/" + session},
		{http.MethodGet, "/sessions/" + session + "/live"},
		{http.MethodPost, "/sessions/" + session + "/stop"},
		{http.MethodPost, "/tokens/" + token + "/delete"},
	}
}

// appPlaces are paths of the notebook, also such as are written to be misread.
func appPlaces(s client.Session) []place {
	places := []place{
		{http.MethodGet, strings.TrimSuffix(s.At(""), "/")},
		{http.MethodGet, s.At("../" + s.Name + "/api")},
		{http.MethodGet, "/user/bob/../alice/" + s.Name + "/api"},
		{http.MethodGet, "/user/" + s.Owner + "%2F" + s.Name + "/api"},
		{http.MethodGet, "/user/%61lice/" + s.Name + "/api"},
		{http.MethodGet, "/user//alice/" + s.Name + "/api"},
		{http.MethodGet, "//user/alice/" + s.Name + "/api"},
		{"PROPFIND", s.At("")},
	}
	for _, path := range []string{"", "tree", "api", "api/contents", "api/kernels", "api/sessions", "files/x", "login", "static/x.js"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			places = append(places, place{method, s.At(path)})
		}
	}
	return places
}

// tokenID is one of the caller's tokens.
func tokenID(t *testing.T, c *client.Client) string {
	t.Helper()
	var list struct{ Tokens []struct{ ID string } }
	c.Get(t, "/api/v1/tokens").Must(t, http.StatusOK, &list)
	if len(list.Tokens) == 0 {
		t.Fatal("no token")
	}
	return list.Tokens[0].ID
}
