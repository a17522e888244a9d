package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
)

// Preset is a launch request with a name.
type Preset struct {
	ID          *string           `json:"id"` // null: the site's
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	Request     map[string]string `json:"request"`
	CreatedAt   *time.Time        `json:"created_at"` // null: the site's
}

// PresetList is the answer to a list of presets.
type PresetList struct {
	Presets []Preset `json:"presets"`
}

func presetOf(p preset.Preset) Preset {
	return Preset{ID: known(p.ID), Name: p.Name, Description: known(p.Description), Request: p.Values, CreatedAt: when(p.CreatedAt)}
}

// presetsList answers with the caller's presets and then the site's.
func (a *API) presetsList(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	own, err := a.presets.Own(c.Request.Context(), caller.User.Name)
	if err != nil {
		return err
	}
	out := PresetList{Presets: []Preset{}}
	for _, p := range slices.Concat(own, a.presets.Site) {
		out.Presets = append(out.Presets, presetOf(p))
	}
	return answer(c, http.StatusOK, out)
}

// presetsCreate keeps a launch request by a name.
func (a *API) presetsCreate(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	body, err := readObject(c)
	if err != nil {
		return err
	}
	name, request, err := readPreset(body)
	if err != nil {
		return err
	}
	made, err := a.presets.Save(c.Request.Context(), caller.User.Name, name, "Preset", request)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, presetOf(made))
}

func readPreset(body object) (name string, request session.Request, err error) {
	for _, m := range body {
		switch {
		case m.Name == "name" && m.Kind == isText:
			name = m.Text
		case m.Name == "request" && m.Kind == isObject:
			inner, err := parseObject([]byte(m.Text))
			if err != nil {
				return "", nil, err
			}
			if request, err = launchRequest(inner); err != nil {
				return "", nil, err
			}
		case m.Name == "name":
			return "", nil, invalid("name", m.short(), "", "name must be text, not %s", m.Kind)
		case m.Name == "request":
			return "", nil, invalid("request", m.short(), "", "request must be an object, not %s", m.Kind)
		default:
			return "", nil, invalid(m.Name, m.short(), "name, request", "there is no field %q in a preset", m.Name)
		}
	}
	if fault := preset.CheckName(strings.TrimSpace(name)); fault != "" {
		return "", nil, invalid("name", name, "", "%s", fault)
	}
	return name, request, nil
}

// presetDelete removes one of the caller's presets.
func (a *API) presetDelete(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	if err := a.presets.Delete(c.Request.Context(), caller.User.Name, c.Param("id")); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}
