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
	// The programs below know no sign-in of their own that they need here: they
	// listen on a socket that only the owner can open.
	"code-server": {
		ID: "code", Name: "VS Code", Description: "The editor, with terminals and debuggers, on the compute node", Icon: "code",
		Command: []string{
			"code-server", "--socket=${SOCKET}", "--auth=none", "--disable-telemetry", "--disable-update-check",
		},
		ReadyPath: "healthz", StripPrefix: true,
	},
	"rstudio": {
		ID: "rstudio", Name: "RStudio", Description: "R, with plots and data side by side", Icon: "stats",
		Command: []string{
			"rserver", "--server-daemonize=0", "--server-user=${USER}", "--www-socket=${SOCKET}", "--www-root-path=${BASE_PATH}",
			"--auth-none=1", "--auth-validate-users=0", "--server-data-dir=${DIR}/rstudio", "--secure-cookie-key-file=${DIR}/rstudio/key",
			"--database-config-file=${DIR}/rstudio/database.conf",
		},
		Files: map[string]string{"rstudio/database.conf": "provider=sqlite\ndirectory=${DIR}/rstudio\n"},
		// It takes the base path for its links alone.
		StripPrefix: true,
	},
	"ttyd": {
		ID: "terminal", Name: "Terminal", Description: "A shell on the compute node", Icon: "terminal",
		Command: []string{"ttyd", "--interface=${SOCKET}", "--base-path=${BASE_PATH}", "--writable", "bash", "-l"},
	},
	"shellinabox": {
		ID: "terminal", Name: "Terminal", Description: "A shell on the compute node", Icon: "terminal",
		// The program wants to be told which user and group may open its socket.
		Command: []string{
			"/bin/sh", "-c",
			`exec shellinaboxd --disable-ssl --no-beep --disable-utmp-logging --user="$(id -u)" --group="$(id -g)" ` +
				`--unixdomain-only="$1:$(id -un):$(id -gn):0600" --service="/:$(id -un):$(id -gn):HOME:/bin/bash -l"`,
			"shellinabox", "${SOCKET}",
		},
		StripPrefix: true,
	},
	"desktop": {
		ID: "desktop", Name: "Desktop", Description: "A graphical desktop, for programs with windows", Icon: "desktop",
		Command:   []string{"${BERTH}", "desktop", "--socket=${SOCKET}", "--dir=${DIR}"},
		ReadyPath: "vnc.html", StripPrefix: true,
	},
	// TensorBoard knows neither sockets nor sign-in: whoever has an account on the
	// node can open its port.
	"tensorboard": {
		ID: "tensorboard", Name: "TensorBoard", Description: "Curves and graphs of trainings", Icon: "chart",
		Command: []string{"tensorboard", "--logdir=${HOME}", "--host=127.0.0.1", "--port=${PORT}", "--path_prefix=${BASE_PATH}"},
		Listen:  "port",
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
