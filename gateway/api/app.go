package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// App is an entry of the site's catalogue: what a session can run.
type App struct {
	ID          string  `json:"id"` // in launch requests
	Name        string  `json:"name"`
	Description *string `json:"description"`
	Default     bool    `json:"default"` // what a launch request gets that names none
}

// AppList is the site's catalogue, in its order.
type AppList struct {
	Apps []App `json:"apps"`
}

// appsList answers with the site's catalogue.
func (a *API) appsList(c *gin.Context) error {
	facts := a.sessions.Facts()
	out := AppList{Apps: []App{}}
	for i, app := range facts.Apps {
		usual := app.ID == facts.Defaults.App || (facts.Defaults.App == "" && i == 0)
		out.Apps = append(out.Apps, App{ID: app.ID, Name: app.Name, Description: known(app.Description), Default: usual})
	}
	return answer(c, http.StatusOK, out)
}
