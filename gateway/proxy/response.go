package proxy

import (
	"errors"
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

// errTaken says that an upgrade has been served to its end; there is nothing
// left to do for ReverseProxy.
var errTaken = errors.New("upgraded")

// modifyResponse makes the answer that the browser sees.
func modifyResponse(res *http.Response) error {
	x := exchangeOf(res.Request.Context())
	x.tidy(res.Header)
	if res.StatusCode == http.StatusSwitchingProtocols {
		return x.upgrade(res)
	}
	return nil
}

// tidy takes out of an answer's header what an app may not say.
func (x *exchange) tidy(h http.Header) {
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
	at := strings.Index(location, path)
	if u.Host != "" {
		at = strings.Index(location, "//") + 2
		at += strings.Index(location[at:], "/")
	}
	if at < 0 {
		return location
	}
	return location[:at] + base + location[at:]
}
