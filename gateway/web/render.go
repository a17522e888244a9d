package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

// ContentSecurityPolicy is what every page is served with: files and connections
// of our own only, nothing inline, no frames around or inside.
const ContentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " +
	"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

//go:embed templates/*.html
var templateFiles embed.FS

// parsePages makes one template set per page: the layout, the shared parts and
// the page's own file.
func parsePages(static *assets) (map[string]*template.Template, error) {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if name == "layout" || strings.HasPrefix(name, "part_") {
			continue
		}
		t := template.New(name).Option("missingkey=error")
		t.Funcs(functions(static)).Funcs(template.FuncMap{
			"fragment": func(part string, data any) (template.HTML, error) { return fragment(t, part, data) },
		})
		if _, err := t.ParseFS(templateFiles, "templates/layout.html", "templates/part_*.html", path.Join("templates", f.Name())); err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		pages[name] = t
	}
	return pages, nil
}

func functions(static *assets) template.FuncMap {
	return template.FuncMap{
		"asset":  static.url,
		"icon":   icon,
		"plain":  plain,
		"anchor": func(path string) string { return strings.ReplaceAll(strings.Trim(path, "/"), "/", "-") },
		"endIcon": func(tone string) string {
			if tone == "off" {
				return "info"
			}
			return "alert"
		},
		"json": func(v any) (string, error) {
			b, err := json.Marshal(v)
			return string(b), err
		},
	}
}

// fragment renders a part of a page that a stream may replace later. The wrapper
// carries the revision by which a browser knows that it has this version.
func fragment(t *template.Template, part string, data any) (template.HTML, error) {
	p, err := renderPart(t, part, data)
	if err != nil {
		return "", err
	}
	tag := "div"
	if _, many := data.(keyed); many {
		tag = "span" // such parts are inside labels
	}
	_, kind, _ := strings.Cut(part, ".")
	return template.HTML(fmt.Sprintf(`<%s class="live live-%s" data-live="%s" data-rev="%s">%s</%s>`, //nolint:gosec // made by html/template just now
		tag, kind, partID(part, data), p.Rev, p.HTML, tag)), nil
}

// part is a rendered part of a page.
type part struct {
	Rev  string `json:"rev"`
	HTML string `json:"html"`
}

func renderPart(t *template.Template, name string, data any) (part, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return part{}, err
	}
	h := fnv.New64a()
	_, _ = h.Write(b.Bytes())
	return part{Rev: fmt.Sprintf("%x", h.Sum64()), HTML: b.String()}, nil
}

// keyed is the data of a part that occurs many times in its page.
type keyed interface{ key() string }

// partID names a part within its page: its template's name, and for a part that
// occurs many times also which one it is.
func partID(name string, data any) string {
	if k, ok := data.(keyed); ok {
		return name + "-" + k.key()
	}
	return name
}

// page renders a whole page.
func (w *Web) page(name string, data framed) ([]byte, error) {
	t, ok := w.pages[name]
	if !ok {
		return nil, fmt.Errorf("web: there is no page %q", name)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", data); err != nil {
		return nil, fmt.Errorf("web: page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// render answers a request with a page.
func (w *Web) render(c *gin.Context, status int, name string, data framed) error {
	body, err := w.page(name, data)
	if err != nil {
		return err
	}
	write(c.Writer, status, body)
	return nil
}

// write sends a page with the headers of all pages.
func write(wr http.ResponseWriter, status int, body []byte) {
	h := wr.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	pageHeaders(h)
	wr.WriteHeader(status)
	_, _ = wr.Write(body) // a browser that has gone is no fault
}

// pageHeaders are those of everything that belongs to one person.
func pageHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}
