package pbs

import (
	"errors"
	"fmt"
	"log/slog"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// Config says how to reach one PBS server. The zero value is the default server
// of /etc/pbs.conf, with the commands in /opt/pbs/bin.
type Config struct {
	// Server is the server to ask, for sites where one set of commands serves
	// several. "" is PBS_SERVER of pbs.conf.
	Server string `yaml:"server"`

	// BinDir is the directory of qsub, qstat and the others. "" is /opt/pbs/bin.
	BinDir string `yaml:"bin_dir"`

	// ConfFile is given to the commands as PBS_CONF_FILE. "" leaves them to what
	// was compiled in. With SubmitAs "sudo" the sudo rule must let it through.
	ConfFile string `yaml:"conf_file"`

	// SubmitAs says how jobs come to belong to their owner: "sudo" (or "") runs
	// qsub and qdel through sudo, "self" submits everything as the service's own
	// user and refuses every other owner.
	SubmitAs command.As `yaml:"submit_as"`

	// Sudo is the path of sudo. "" is /usr/bin/sudo.
	Sudo string `yaml:"sudo"`

	// Timeout is for one command, 0 is 20 s. A server that hangs holds its
	// commands for ever.
	Timeout batch.Duration `yaml:"timeout"`

	// AccountOption is the option of qsub that takes the account: "A" (or "") for
	// -A, "P" for -P, where a site charges projects.
	AccountOption string `yaml:"account_option"`

	// GPUTypeResource is the host-level string resource that says which GPUs a
	// node has. "" is gpu_type. Nodes without it have GPUs of no type.
	GPUTypeResource string `yaml:"gpu_type_resource"`

	// QueueNodes names the nodes of a queue (patterns of path.Match) where the
	// server's own attributes do not tell: placement by hooks, say.
	QueueNodes map[string][]string `yaml:"queue_nodes"`

	// ExtraSubmitArgs are the admin's own options for qsub, each in one piece:
	// "-lplace=excl", "-Wgroup_list=lab". They come after ours, so that they win.
	ExtraSubmitArgs []string `yaml:"extra_submit_args"`

	// Log gets a debug line for every command. nil for none.
	Log *slog.Logger `yaml:"-"`

	// Watch is told of every command; see command.Config. nil for none.
	Watch func(program, outcome string, took time.Duration) `yaml:"-"`
}

const defaultTimeout = batch.Duration(20e9)

var (
	serverPattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,199}(:[0-9]{1,5})?$`)
	resourcePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)
)

func (c Config) withDefaults() Config {
	if c.BinDir == "" {
		c.BinDir = "/opt/pbs/bin"
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.AccountOption == "" {
		c.AccountOption = "A"
	}
	if c.GPUTypeResource == "" {
		c.GPUTypeResource = "gpu_type"
	}
	return c
}

// Validate reports every fault of the configuration at once. It runs nothing.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.Server != "" && !serverPattern.MatchString(c.Server) {
		fault("server: %q is not the name of a server", c.Server)
	}
	for key, file := range map[string]string{"bin_dir": c.BinDir, "conf_file": c.ConfFile, "sudo": c.Sudo} {
		if file != "" && !filepath.IsAbs(file) {
			fault("%s: %q is not an absolute path", key, file)
		}
	}
	switch c.SubmitAs {
	case "", command.Sudo, command.Self:
	default:
		fault("submit_as: %q must be %q or %q", c.SubmitAs, command.Sudo, command.Self)
	}
	if c.Timeout < 0 {
		fault("timeout: must not be negative")
	}
	if c.AccountOption != "A" && c.AccountOption != "P" {
		fault(`account_option: %q must be "A" or "P"`, c.AccountOption)
	}
	if !resourcePattern.MatchString(c.GPUTypeResource) {
		fault("gpu_type_resource: %q is not the name of a resource", c.GPUTypeResource)
	}
	for queue, nodes := range c.QueueNodes {
		for _, pattern := range nodes {
			if _, err := path.Match(pattern, ""); err != nil {
				fault("queue_nodes: %s: %q is not a pattern", queue, pattern)
			}
		}
	}
	for _, arg := range c.ExtraSubmitArgs {
		if !strings.HasPrefix(arg, "-") || strings.ContainsAny(arg, "\x00\n") {
			fault("extra_submit_args: %q is not an option; write -lname=value in one piece", arg)
		}
	}
	return errors.Join(faults...)
}
