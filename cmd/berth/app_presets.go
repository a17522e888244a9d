package main

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// appPresets are the built-in catalogue entries. The token reaches Jupyter
// through a config file in the session's private directory, found by
// JUPYTER_CONFIG_PATH, which Jupyter reads with the highest priority and beside
// the user's own files (jupyter_core.paths.jupyter_config_path).
var appPresets = map[string]session.App{
	"notebook": {
		ID: "notebook", Name: "Jupyter Notebook", Description: "Notebooks, files and terminals", Icon: "notebook",
		Command: []string{
			"jupyter-notebook", "--no-browser", "--sock=${SOCKET}", "--NotebookApp.base_url=${BASE_PATH}",
			"--NotebookApp.allow_remote_access=True",
		},
		Env:       map[string]string{"JUPYTER_CONFIG_PATH": "${DIR}/jupyter"},
		Files:     map[string]string{"jupyter/jupyter_notebook_config.json": `{"NotebookApp":{"token":"${TOKEN}","password":""}}`},
		ReadyPath: "api", OpenPath: "tree", TokenHeader: "token ${TOKEN}", Activity: "jupyter",
	},
	"lab": {
		ID: "lab", Name: "JupyterLab", Description: "Notebooks, code, data and terminals side by side", Icon: "lab",
		Command: []string{
			"jupyter-lab", "--no-browser", "--ServerApp.sock=${SOCKET}", "--ServerApp.base_url=${BASE_PATH}",
			"--ServerApp.allow_remote_access=True",
		},
		Env: map[string]string{"JUPYTER_CONFIG_PATH": "${DIR}/jupyter"},
		Files: map[string]string{
			"jupyter/jupyter_server_config.json": `{"ServerApp":{"token":"${TOKEN}","password":""},"IdentityProvider":{"token":"${TOKEN}"}}`,
		},
		ReadyPath: "api", OpenPath: "lab", TokenHeader: "token ${TOKEN}", Activity: "jupyter",
	},
}

func presetNames() []string { return slices.Sorted(maps.Keys(appPresets)) }

// fromPreset is the entry with the preset's values for whatever it leaves out,
// and the defaults of every app.
func (a appConfig) fromPreset() session.App {
	app := a.App
	preset := reflect.ValueOf(appPresets[a.Preset])
	v := reflect.ValueOf(&app).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			v.Field(i).Set(preset.Field(i))
		}
	}
	text(&app.Listen, "unix")
	text(&app.Name, app.ID)
	span(&app.StartTimeout, 5*time.Minute)
	if app.StopGrace == 0 {
		app.StopGrace = batch.Duration(10 * time.Second)
	}
	return app
}
