package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// signedRequests shows that a program with an API token can use a notebook's
// own API, and that a page of another site cannot make a browser do so.
func signedRequests(t *testing.T, g *site.Gateway) {
	browser := client.SignIn(t, g.URL, "bob")
	program := browser.WithToken(t)
	g.Secret(program.Token)
	s := program.Ready(t, client.Small("signed"))

	name := "signed-" + s.ID + ".txt"
	file := map[string]any{"type": "file", "format": "text", "content": "made by a program\n"}
	program.Send(t, http.MethodPut, s.At("api/contents/"+name), file).Must(t, http.StatusCreated, nil)
	if a := program.Get(t, s.At("files/"+name)); string(a.Body) != "made by a program\n" {
		t.Errorf("the file comes back as %s", a)
	}
	var kernel struct{ ID string }
	program.Send(t, http.MethodPost, s.At("api/kernels"), map[string]any{"name": "python3"}).Must(t, http.StatusCreated, &kernel)
	if a := program.Send(t, http.MethodDelete, s.At("api/kernels/"+kernel.ID), nil); a.Status != http.StatusNoContent {
		t.Error(a)
	}
	if a := program.Send(t, http.MethodDelete, s.At("api/contents/"+name), nil); a.Status != http.StatusNoContent {
		t.Error(a)
	}

	// A browser's cookies alone do not do: Jupyter wants its own proof, which a
	// page of another site cannot have.
	refused := browser.Send(t, http.MethodPost, s.At("api/kernels"), map[string]any{"name": "python3"})
	if refused.Status != http.StatusForbidden || !refused.Says("_xsrf") {
		t.Errorf("a browser's POST without Jupyter's proof: %s", refused)
	}
	if a := browser.Get(t, s.At("tree")); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	var xsrf string
	for _, c := range jupyterCookies(t, browser, s) {
		if c.Name == "_xsrf" {
			xsrf = c.Value
		}
	}
	a := browser.Raw(t, http.MethodPost, s.At("api/kernels"), strings.NewReader(`{"name":"python3"}`),
		"Content-Type", "application/json", "X-Xsrftoken", xsrf)
	if xsrf == "" || a.Status != http.StatusCreated {
		t.Errorf("a browser's POST with Jupyter's proof (%d characters): %s", len(xsrf), a)
	}
	if a := client.Anonymous(t, g.URL).Get(t, s.At("api/kernels")); a.Status != http.StatusUnauthorized {
		t.Errorf("nobody: %s", a)
	}
}

// jupyterCookies are the browser's cookies for the session's own path.
func jupyterCookies(t *testing.T, c *client.Client, s client.Session) []*http.Cookie {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Base+s.At(""), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.HTTP.Jar.Cookies(request.URL)
}
