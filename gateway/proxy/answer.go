package proxy

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// Headers of an answer that speak for a whole origin or for its neighbours. An
// app has no say there.
var originWide = []string{
	"Alt-Svc", "Clear-Site-Data", "Expect-Ct", "Nel", "Public-Key-Pins", "Public-Key-Pins-Report-Only",
	"Report-To", "Set-Cookie2", "Strict-Transport-Security",
}

// tidyHeader takes out of an answer's header what an app may not say.
func (x *exchange) tidyHeader(h http.Header) {
	for name := range connectionTokens(h) {
		delete(h, name)
	}
	for name := range h {
		if hopByHop(name) {
			delete(h, name)
		}
	}
	for _, name := range originWide {
		delete(h, name)
	}
	x.p.cookies.confine(h, x.target)
	base := x.target.BasePath
	if base == "" || base == "/" {
		return
	}
	if scope := h.Get("Service-Worker-Allowed"); scope != "" && !strings.HasPrefix(scope, base) {
		delete(h, "Service-Worker-Allowed") // else a worker could stand before every page of the origin
	}
	if location := h.Get("Location"); x.target.StripPrefix && location != "" {
		h.Set("Location", x.relocate(location))
	}
}

// relocate puts the base path back in front of a place that an app without
// knowledge of it sends the browser to.
func (x *exchange) relocate(location string) string {
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(u.Path, "/") || (u.Host != "" && !strings.EqualFold(u.Host, x.in.Host)) {
		return location
	}
	path, base := u.EscapedPath(), strings.TrimSuffix(x.target.BasePath, "/")
	if path == base || strings.HasPrefix(path, base+"/") {
		return location
	}
	at := 0
	if u.Host != "" {
		at = strings.Index(location, "//") + 2
		at += strings.Index(location[at:], "/")
	}
	return location[:at] + base + location[at:]
}

// passHead passes the final answer's head on.
func (x *exchange) passHead(res *http.Response) {
	x.tidyHeader(res.Header)
	h := x.w.Header()
	maps.Copy(h, res.Header)
	if len(res.Header["Content-Type"]) == 0 {
		h["Content-Type"] = nil // as the app said it: our server is not to guess
	}
	for name := range res.Trailer {
		h.Add("Trailer", name)
	}
	x.w.WriteHeader(res.StatusCode)
}

// passBody passes the body on as it comes. It is held back only as long as more
// is at hand, and never when the app pauses.
func (x *exchange) passBody(res *http.Response) error {
	if res.Body == http.NoBody || x.in.Method == http.MethodHead || res.ContentLength == 0 {
		return nil
	}
	var buf buffer
	defer buf.done()
	flush := http.NewResponseController(x.w).Flush
	fresh := true // something, the head perhaps, is not flushed yet
	var got int64
	for {
		if fresh && x.up.in.Buffered() == 0 {
			if err := flush(); err != nil {
				return err
			}
			fresh = false
		}
		n, err := res.Body.Read(buf.next())
		if n > 0 {
			got += int64(n)
			x.route.stamp()
			if _, werr := x.w.Write(buf.got(n)); werr != nil {
				return werr
			}
			fresh = true
		}
		if err == io.EOF || (err == nil && got == res.ContentLength) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// passTrailers passes on what came after the body.
func (x *exchange) passTrailers(res *http.Response) {
	h := x.w.Header()
	for name, values := range res.Trailer {
		if hopByHop(name) || name == "Set-Cookie" {
			continue
		}
		if _, announced := h["Trailer"]; !announced {
			name = http.TrailerPrefix + name
		}
		h[name] = values
	}
}
