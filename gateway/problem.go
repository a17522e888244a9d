package gateway

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/hub"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/proxy"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/gateway/web"
	"github.com/berth-hpc/berth/ldapauth"
)

// errUnauthenticated and errNoAccess are the gateway's own refusals.
var (
	errUnauthenticated = errors.New("not signed in")
	errNotFound        = errors.New("no such page")
	errCrossOrigin     = errors.New("a request of another site's page")
)

// problem turns an error into what a person is told. It is the only place that
// does; whatever it does not know is a 500 whose cause is only in the log.
func problem(err error) api.Problem {
	var (
		invalid   *session.Invalid
		denied    *limit.Denied
		rejected  *batch.Rejected
		throttled *login.Throttled
		tooLarge  *http.MaxBytesError
		bad       *api.BadRequest
		token     *login.InvalidToken
		form      *web.BadRequest
		order     *admin.Invalid
		scope     scopeMissing
		refusal   *hub.Refusal
	)
	switch {
	case errors.As(err, &invalid):
		return api.Problem{Status: http.StatusUnprocessableEntity, Title: "The request cannot be met", Detail: invalid.Error(), Errors: invalid.Faults}
	case errors.As(err, &denied):
		return api.Problem{Status: http.StatusForbidden, Title: "A limit does not allow this", Detail: denied.Error(), Limit: denied}
	case errors.As(err, &rejected):
		return api.Problem{
			Status: http.StatusUnprocessableEntity, Title: "The scheduler refused it", Detail: rejected.Error(),
			Errors: []session.Fault{{Field: rejected.Field, Message: rejected.Reason}},
		}
	case errors.As(err, &throttled):
		return api.Problem{
			Status: http.StatusTooManyRequests, Title: "Too many tries", Detail: "Wait a little before you try again.",
			RetryAfter: int(math.Ceil(throttled.RetryAfter.Seconds())),
		}
	case errors.As(err, &tooLarge):
		return api.Problem{Status: http.StatusRequestEntityTooLarge, Title: "The request is too large"}
	case errors.As(err, &bad):
		title := "The request cannot be read"
		if bad.Status == http.StatusTooManyRequests {
			title = "Too much at once"
		}
		return api.Problem{Status: bad.Status, Title: title, Detail: bad.Error()}
	case errors.As(err, &form):
		return api.Problem{Status: http.StatusBadRequest, Title: "The form cannot be read", Detail: form.Error()}
	case errors.As(err, &order):
		return api.Problem{Status: http.StatusUnprocessableEntity, Title: "This cannot be done", Detail: order.Reason, Errors: []session.Fault{{Field: order.Field, Message: order.Reason}}}
	case errors.As(err, &token):
		return api.Problem{Status: http.StatusUnprocessableEntity, Title: "This token cannot be made", Detail: token.Error()}
	case errors.As(err, &refusal):
		return api.Problem{Status: refusal.Status, Title: refusal.Message}
	case errors.As(err, &scope):
		return api.Problem{
			Status: http.StatusForbidden, Title: "This token may not do that",
			Detail: "It was not made for it. A token with the scope " + string(scope.need) + " may.",
		}
	case errors.Is(err, errUnauthenticated):
		return api.Problem{Status: http.StatusUnauthorized, Title: "Sign in first", Detail: "There is no valid login or API token with this request."}
	case errors.Is(err, errCrossOrigin):
		return api.Problem{Status: http.StatusForbidden, Title: "Refused", Detail: "This request came from another site's page."}
	}
	return problemOf(err)
}

// problemOf is problem for errors that are plain values.
func problemOf(err error) api.Problem {
	for _, p := range []struct {
		is            error
		status        int
		title, detail string
		retry         time.Duration
	}{
		{errNotFound, http.StatusNotFound, "There is no such page", "", 0},
		{session.ErrNotFound, http.StatusNotFound, "There is no such session", "It may have been removed, or it is not yours.", 0},
		{login.ErrNotFound, http.StatusNotFound, "There is no such thing", "It may have been removed, or it is not yours.", 0},
		{session.ErrNameTaken, http.StatusConflict, "The name is taken", "You have a live session of this name. Stop it first, or choose another name.", 0},
		{limit.ErrUnreadable, http.StatusServiceUnavailable, "The limits cannot be read", "One of this site's limits makes no sense, so nothing is started until an admin has mended it. Sessions that run are not affected.", time.Minute},
		{limit.ErrNotFound, http.StatusNotFound, "There is no such limit", "It may have been deleted.", 0},
		{limit.ErrMoved, http.StatusConflict, "The limits have changed meanwhile", "Nothing was done. Please look again and retry.", 0},
		{preset.ErrNotFound, http.StatusNotFound, "There is no such preset", "It may have been deleted, or it is not yours.", 0},
		{preset.ErrNameTaken, http.StatusConflict, "The name is taken", "You have a preset of this name.", 0},
		{preset.ErrTooMany, http.StatusConflict, "You have enough presets", "Delete one that you do not need any more.", 0},
		{session.ErrMoved, http.StatusConflict, "It has changed meanwhile", "Please look again and retry.", 0},
		{batch.ErrForbidden, http.StatusBadGateway, "berth may not submit for you", "The site's set-up does not let berth act under your account. Only an admin can mend this.", 0},
		{batch.ErrUnavailable, http.StatusServiceUnavailable, "The scheduler does not answer", "Nothing was started or changed. Sessions that run are not affected. Try again in a little while.", 15 * time.Second},
		{ldapauth.ErrInvalidCredentials, http.StatusUnauthorized, "Wrong name or password", "", 0},
		{ldapauth.ErrNotAllowed, http.StatusForbidden, "You may not use this service", "Your account is in none of the groups that may.", 0},
		{ldapauth.ErrUnavailable, http.StatusServiceUnavailable, "The directory does not answer", "Nobody can sign in at the moment. This is not your fault.", 15 * time.Second},
		{session.ErrStore, http.StatusServiceUnavailable, "The database does not answer", "Nothing is lost. Sessions that run are not affected. Try again in a little while.", 5 * time.Second},
		{context.DeadlineExceeded, http.StatusServiceUnavailable, "This took too long", "Try again in a little while.", 5 * time.Second},
	} {
		if errors.Is(err, p.is) {
			return api.Problem{Status: p.status, Title: p.title, Detail: p.detail, RetryAfter: int(p.retry.Seconds())}
		}
	}
	return api.Problem{Status: http.StatusInternalServerError, Title: "Something went wrong", Detail: "This is a fault of ours; it has been noted under the id below."}
}

// unreachable is what a person is told when the app gave no answer.
func unreachable(t proxy.Target, err error) api.Problem {
	p := api.Problem{Status: http.StatusServiceUnavailable}
	switch {
	case errors.Is(err, tunnel.ErrNotConnected):
		p.Title, p.Detail = "Your session is not connected", "The connection to the compute node is down and is being set up again."
	case errors.Is(err, proxy.ErrForgotten):
		p.Title, p.Detail = "Your session has moved on", "It has ended, or its job was started anew, while this was under way."
	case errors.Is(err, proxy.ErrClosed), errors.Is(err, tunnel.ErrClosed):
		p.Title, p.Detail = "The gateway is being restarted", "Your session goes on. Try again in a moment."
	case errors.Is(err, tunnel.ErrNoPorts):
		p.Status = http.StatusNotImplemented
		p.Title, p.Detail = "This session cannot do that", "It was started by an older berth. A new session can open other ports."
	case t.Port != 0:
		p.Status = http.StatusBadGateway
		p.Title = "Nothing of yours answers on port " + strconv.Itoa(int(t.Port))
		p.Detail = "Start your program in the session first. What somebody else runs on the same node cannot be opened."
	default:
		p.Status = http.StatusBadGateway
		p.Title, p.Detail = "Your session does not answer", "The app on the compute node did not answer. It may be starting anew or very busy."
	}
	return p
}
