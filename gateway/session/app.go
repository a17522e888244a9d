package session

import "github.com/berth-hpc/berth/batch"

// App is one entry of the site's catalogue: what a session can run. The agent
// replaces ${DIR} ${SOCKET} ${PORT} ${BASE_PATH} ${TOKEN} ${USER} ${HOME} and
// ${BERTH}, its own program, in Command, Env and Files; nothing else is expanded and no shell is involved.
type App struct {
	ID          string            `yaml:"id"` // in launch requests: "notebook"
	Name        string            `yaml:"name"`
	Description string            `yaml:"description"`
	Icon        string            `yaml:"icon"` // name of a built-in icon
	Command     []string          `yaml:"command"`
	Env         map[string]string `yaml:"env"`
	// Files are written into the session's private directory before the app
	// starts; this is how an app gets its token without argv or environment.
	Files    map[string]string `yaml:"files"`
	Software `yaml:",inline"`
	// Setup lines run in the job's shell before the agent, after what Software
	// does there.
	Setup []string `yaml:"setup"`
	// Listen is "unix" (a socket in a private directory) or "port" (loopback).
	Listen string `yaml:"listen"`
	// ReadyPath is asked until it answers with less than 500.
	ReadyPath string `yaml:"ready_path"`
	// StartTimeout is how long the app may take to answer. Default 5m.
	StartTimeout batch.Duration `yaml:"start_timeout"`
	// StopGrace is how long it may take to end after SIGTERM. Default 10s.
	StopGrace batch.Duration `yaml:"stop_grace"`
	// StripPrefix removes the base path from requests, for apps that cannot
	// live under one.
	StripPrefix bool `yaml:"strip_prefix"`
	// OpenPath is where the open button leads, below the base path.
	OpenPath string `yaml:"open_path"`
	// TokenHeader is the header value that carries the app's token, with
	// ${TOKEN}: "token ${TOKEN}" goes into Authorization. "": not used.
	TokenHeader string `yaml:"token_header"`
	// Activity is how the app says whether it is busy: "jupyter" for anything
	// with Jupyter Server's API; "": it is not asked.
	Activity string `yaml:"activity"`
}
