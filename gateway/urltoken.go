package gateway

import (
	"net/http"
	"net/url"
	"strings"
)

// ownTokens is how our API tokens begin.
const ownTokens = "berth_"

// urlToken is the API token in the address of a WebSocket: a browser's script
// cannot give a WebSocket a header, and Jupyter's clients do it like this. In any
// other address a token counts for nothing.
func urlToken(r *http.Request) (secret string, ok bool) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return "", false
	}
	secret = r.URL.Query().Get("token")
	return secret, strings.HasPrefix(secret, ownTokens)
}

// withoutToken is the request without one of our tokens in its address, which
// the app must not see: some clients put it there beside the header.
func withoutToken(r *http.Request) *http.Request {
	if r.URL.RawQuery == "" {
		return r
	}
	var kept []string
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err == nil && err2 == nil && name == "token" && strings.HasPrefix(value, ownTokens) {
			continue
		}
		kept = append(kept, part)
	}
	query := strings.Join(kept, "&")
	if query == r.URL.RawQuery {
		return r
	}
	without := r.WithContext(r.Context()) // a copy
	address := *r.URL
	address.RawQuery = query
	without.URL = &address
	without.RequestURI = address.RequestURI()
	return without
}
