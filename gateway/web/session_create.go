package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// sessionCreate launches what the form asks for, and leads to the page that
// waits for it. A refusal shows the form again, with everything that was filled
// in and what to change.
func (w *Web) sessionCreate(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	values := launchValues(c.Request.PostForm, w.Board.All())
	ctx := c.Request.Context()
	s, err := w.Sessions.Launch(ctx, subject(ctx), values)
	if err == nil {
		c.Redirect(http.StatusSeeOther, "/sessions/"+string(s.ID)+"?open=1")
		return nil
	}
	form := w.launchForm(ctx, values, false)
	status := form.refuse(err)
	if status == 0 {
		return err
	}
	return w.renderForm(c, status, form)
}

// refuse writes into the form why nothing was launched and returns the answer's
// status, or 0 for an error that is not the form's to explain.
func (f *launchForm) refuse(err error) int {
	var (
		invalid  *session.Invalid
		denied   *limit.Denied
		rejected *batch.Rejected
	)
	switch {
	case errors.As(err, &invalid):
		f.Banner = &banner{Tone: "bad", Title: "This cannot be started yet"}
		for _, fault := range invalid.Faults {
			f.blame(fault.Field, fault.Message)
		}
		return http.StatusUnprocessableEntity
	case errors.As(err, &denied):
		f.Banner = &banner{Tone: "bad", Title: "A limit of this site is in the way"}
		f.blame(denied.Field, denied.Error())
		return http.StatusUnprocessableEntity
	case errors.Is(err, session.ErrNameTaken):
		f.Banner = &banner{Tone: "bad", Title: "You have a session of this name"}
		f.blame("name", fmt.Sprintf("%q is running or waiting. Choose another name, or stop that one first.", f.values["name"]))
		return http.StatusConflict
	case errors.As(err, &rejected):
		f.Banner = &banner{Tone: "bad", Title: "The scheduler refused the job"}
		text := rejected.Reason
		if rejected.Native != "" {
			text += " — it says: " + rejected.Native
		}
		f.blame(rejected.Field, text)
		return http.StatusUnprocessableEntity
	case errors.Is(err, batch.ErrUnavailable):
		f.Banner = &banner{Tone: "warn", Title: "The scheduler does not answer", Lines: []bannerLine{
			{Text: "Nothing was started. What you have filled in is kept here; try again in a few minutes."},
		}}
		return http.StatusServiceUnavailable
	case errors.Is(err, batch.ErrForbidden):
		f.Banner = &banner{Tone: "bad", Title: "This site is not set up to start jobs for you", Lines: []bannerLine{
			{Text: "Nothing was started. It is not your fault, and only an administrator can mend it."},
		}}
		return http.StatusServiceUnavailable
	}
	return 0
}

// blame says what is wrong with a field, beside it and in the banner.
func (f *launchForm) blame(field, text string) {
	text = sentence(plain(text))
	f.Banner.Lines = append(f.Banner.Lines, bannerLine{Field: field, Text: text})
	if field != "" {
		f.faults[field] = append(f.faults[field], text)
	}
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	s = string(unicode.ToUpper(r)) + s[n:]
	if last, _ := utf8.DecodeLastRuneInString(s); !unicode.IsPunct(last) || last == ')' || last == '"' {
		s += "."
	}
	return s
}

// errForm is a body that is no form, or one that is too long.
var errForm = errors.New("the form could not be read")

// parseForm reads the posted fields.
func parseForm(c *gin.Context) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostForm)
	if err := c.Request.ParseForm(); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return err // package gateway knows it: 413
		}
		return &BadRequest{Err: fmt.Errorf("%w: %w", errForm, err)}
	}
	return nil
}
