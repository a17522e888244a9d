package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
)

// presetSave keeps what the form asks for. It starts nothing; whether it could
// be started is found out when it is.
func (w *Web) presetSave(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	values := launchValues(c.Request.PostForm, w.Board.All())
	ctx := c.Request.Context()
	made, err := w.Presets.Save(ctx, subject(ctx).User, c.Request.PostForm.Get("preset"), w.requestWords(values), values)
	if err == nil {
		c.Redirect(http.StatusSeeOther, requestLink(values)+"#preset-"+made.ID)
		return nil
	}
	return w.presetRefused(c, values, err)
}

// presetRename gives one of the caller's another name.
func (w *Web) presetRename(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	id := c.Param("id")
	if err := w.Presets.Rename(ctx, subject(ctx).User, id, c.Request.PostForm.Get("preset")); err != nil {
		return w.presetRefused(c, session.Request{}, err)
	}
	c.Redirect(http.StatusSeeOther, "/sessions/new#preset-"+id)
	return nil
}

// presetDelete removes one of the caller's.
func (w *Web) presetDelete(c *gin.Context) error {
	ctx := c.Request.Context()
	if err := w.Presets.Delete(ctx, subject(ctx).User, c.Param("id")); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/sessions/new#presets")
	return nil
}

// presetRefused shows the form with what was wrong, or passes the error on.
func (w *Web) presetRefused(c *gin.Context, values session.Request, err error) error {
	b := &banner{Tone: "bad", Title: "The preset was not kept"}
	status := http.StatusConflict
	switch invalid, bad := errors.AsType[*session.Invalid](err); {
	case bad:
		status = http.StatusUnprocessableEntity
		for _, f := range invalid.Faults {
			b.Lines = append(b.Lines, bannerLine{Text: sentence(plain(f.Message))})
		}
	case errors.Is(err, preset.ErrNameTaken):
		b.Lines = []bannerLine{{Text: "You have a preset of this name."}}
	case errors.Is(err, preset.ErrTooMany):
		b.Lines = []bannerLine{{Text: sentence(preset.ErrTooMany.Error())}}
	default:
		return err
	}
	form := w.launchForm(c.Request.Context(), values, len(values) == 0)
	form.Banner = b
	return w.renderForm(c, status, form)
}
