package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// client says who made the request and by which protocol: the peer's address,
// or, when the peer is a trusted proxy, what it and the trusted proxies before
// it say in X-Forwarded-For (read from the right) and X-Forwarded-Proto.
func (c Config) client(r *http.Request) (ip, proto string) {
	proto = "http"
	if r.TLS != nil {
		proto = "https"
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "", proto
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || !c.trusted(addr) {
		return host, proto
	}
	if p := r.Header.Get("X-Forwarded-Proto"); p == "http" || p == "https" {
		proto = p
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
		if !c.trusted(addr) {
			break
		}
	}
	return addr.String(), proto
}

func (c Config) trusted(addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, p := range c.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
