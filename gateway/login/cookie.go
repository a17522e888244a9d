package login

import "net/http"

// CookieName is the cookie that holds a login's secret. Under https it has the
// prefix __Host-, with which browsers take it only from this very host, with
// Secure and for every path (RFC 6265bis section 4.1.3.2), so that no notebook
// on a sibling host can set it.
func CookieName(secure bool) string {
	if secure {
		return "__Host-berth"
	}
	return "berth_login"
}

// SetCookie gives the browser the secret that SignIn returned. The cookie ends
// with the browser; when the login ends is the store's business.
func SetCookie(w http.ResponseWriter, secure bool, value string) {
	http.SetCookie(w, cookie(secure, value))
}

// ClearCookie makes the browser forget the secret.
func ClearCookie(w http.ResponseWriter, secure bool) {
	c := cookie(secure, "")
	c.MaxAge = -1
	http.SetCookie(w, c)
}

func cookie(secure bool, value string) *http.Cookie {
	return &http.Cookie{
		Name: CookieName(secure), Value: value,
		Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}
