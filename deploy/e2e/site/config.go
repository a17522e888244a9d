package site

import (
	"bytes"
	_ "embed" // for the template
	"testing"
	"text/template"
	"time"
)

// Config is what a gateway is started with. Start fills in what is left empty.
type Config struct {
	Name         string // for logs and folders; also the installation's, with a number
	Installation string

	Listen      string
	URL         string
	AgentListen string
	AgentAddr   string // as jobs reach it; a relay's, or AgentListen

	DatabaseURL    string
	LDAPURL        string
	LDAPCA         string
	PasswordFile   string
	StateDir       string
	SlurmConf      string
	BinDir         string
	JupyterDir     string // the cluster's settings for Jupyter
	CommandTimeout time.Duration
	ClaimTimeout   time.Duration
	PollInterval   time.Duration
	LostAfter      time.Duration
	AgentCommand   []string
	SubmitArgs     []string
	// Certificate is a PEM file of a certificate and its key; with one the
	// gateway speaks https itself.
	Certificate string
	// Apps are catalogue entries beside the notebook, as YAML.
	Apps string
	// More is top-level keys, as YAML.
	More string

	// Binary is the gateway's, if it is not the cluster's.
	Binary string
	// Sockets are handed to it.
	Sockets []Socket
	// Env is added to the environment of what is run next.
	Env []string
}

//go:embed gateway.yaml.tmpl
var configText string

var configTemplate = template.Must(template.New("gateway.yaml").Option("missingkey=error").Parse(configText))

// YAML is the config file's text.
func (c Config) YAML(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := configTemplate.Execute(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
