package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// asset is one static file as it is served.
type asset struct {
	name   string // with its hash: "berth.1a2b3c4d5e6f.css"
	mime   string
	body   []byte
	packed []byte // gzip of body; nil where it would not help
}

// assets are the static files by their plain names and by their served names.
type assets struct {
	byName   map[string]*asset // "berth.css"
	byServed map[string]*asset // "berth.1a2b3c4d5e6f.css"
}

var mimeTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".woff2": "font/woff2",
}

// loadAssets reads the embedded files: fonts and pictures first, then one style
// sheet and one script, each made of the files of its folder in the order of
// their names. Their url("...") and "static:..." name the hashed files.
func loadAssets() (*assets, error) {
	a := &assets{byName: map[string]*asset{}, byServed: map[string]*asset{}}
	for _, pattern := range []string{"static/font/*.woff2", "static/*.svg"} {
		files, err := fs.Glob(staticFiles, pattern)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			body, err := staticFiles.ReadFile(f)
			if err != nil {
				return nil, err
			}
			if err := a.add(path.Base(f), body); err != nil {
				return nil, err
			}
		}
	}
	for _, bundle := range []struct{ name, pattern string }{
		{"berth.css", "static/css/*.css"}, {"berth.js", "static/js/*.js"},
	} {
		files, err := fs.Glob(staticFiles, bundle.pattern)
		if err != nil {
			return nil, err
		}
		var body bytes.Buffer
		for _, f := range files { // Glob sorts
			part, err := staticFiles.ReadFile(f)
			if err != nil {
				return nil, err
			}
			body.Write(part)
			body.WriteByte('\n')
		}
		if err := a.add(bundle.name, a.resolve(body.Bytes())); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// resolve replaces url("name") by the URL of the hashed file.
func (a *assets) resolve(body []byte) []byte {
	for name, f := range a.byName {
		body = bytes.ReplaceAll(body, []byte(`url("`+name+`")`), []byte(`url("/static/`+f.name+`")`))
	}
	return body
}

func (a *assets) add(name string, body []byte) error {
	ext := path.Ext(name)
	sum := sha256.Sum256(body)
	f := &asset{
		name: strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext,
		mime: mimeTypes[ext], body: body,
	}
	if f.mime == "" {
		return fmt.Errorf("web: no media type for %s", name)
	}
	if ext != ".woff2" { // those are compressed already
		var packed bytes.Buffer
		z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(body); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		f.packed = packed.Bytes()
	}
	a.byName[name], a.byServed[f.name] = f, f
	return nil
}

// url is where the file of that plain name is served.
func (a *assets) url(name string) (string, error) {
	f, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("web: there is no static file %q", name)
	}
	return "/static/" + f.name, nil
}
