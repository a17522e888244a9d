package web

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/ldapauth"
)

// loginSubmit checks name and password. Why somebody is not let in is said
// truthfully: a directory that is down is nobody's wrong password.
func (w *Web) loginSubmit(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	form, r := c.Request.PostForm, c.Request
	page := loginFormPage{Username: form.Get("username"), Next: login.SafeNext(form.Get("next"))}
	_, cookie, err := w.Logins.SignIn(r.Context(), page.Username, form.Get("password"), c.ClientIP(), r.UserAgent())
	if err == nil {
		login.SetCookie(c.Writer, w.Site.Secure, cookie)
		c.Redirect(http.StatusSeeOther, page.Next)
		return nil
	}
	if len(page.Username) > mostValue {
		page.Username = ""
	}
	status, b := w.refusedLogin(err)
	if status == 0 {
		return err
	}
	var throttled *login.Throttled
	if errors.As(err, &throttled) {
		c.Header("Retry-After", strconv.Itoa(int(math.Ceil(throttled.RetryAfter.Seconds()))))
	}
	page.Banner = b
	return w.renderLogin(c, status, page)
}

// refusedLogin says in words why there is no login; 0 for an error that is not
// the form's to explain.
func (w *Web) refusedLogin(err error) (int, *banner) {
	say := func(tone, title, text string) *banner {
		return &banner{Tone: tone, Title: title, Lines: []bannerLine{{Text: text}}}
	}
	var throttled *login.Throttled
	switch {
	case errors.As(err, &throttled):
		wait := throttled.RetryAfter.Round(time.Second)
		if wait > time.Minute {
			wait = wait.Truncate(time.Minute) + time.Minute
		}
		return http.StatusTooManyRequests, say("warn", "Too many failed tries", "Your password was not looked at. Try again in "+span(wait)+".")
	case errors.Is(err, ldapauth.ErrInvalidCredentials):
		return http.StatusUnauthorized, say("bad", "Wrong user name or password", "Check both and try again. Capital letters matter in the password.")
	case errors.Is(err, ldapauth.ErrNotAllowed):
		ask := "the people who run this site"
		if w.Site.Contact != "" {
			ask = contactOf(w.Site.Contact).Text
		}
		return http.StatusForbidden, say("bad", "Your account may not be used here", "The password is right, but the account is in no group that may sign in. Ask "+ask+".")
	case errors.Is(err, ldapauth.ErrUnavailable):
		return http.StatusServiceUnavailable, say("warn", "The directory does not answer",
			"This is not your fault, and your password may well be right: it could not be checked. Try again in a minute. What is running goes on running.")
	}
	return 0, nil
}
