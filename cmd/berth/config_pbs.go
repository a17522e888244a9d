package main

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/berth-hpc/berth/batch/command"
	"github.com/berth-hpc/berth/batch/pbs"
)

// pbsConfig is what a cluster of type pbs has beside the rest.
type pbsConfig struct {
	// Server is the PBS server. Default: PBS_SERVER of pbs.conf.
	Server string `yaml:"server"`
	// ConfFile is a pbs.conf other than the default one.
	ConfFile string `yaml:"conf_file"`
	// AccountOption is how qsub takes the account: A (default), or P for sites
	// that charge projects.
	AccountOption string `yaml:"account_option"`
	// GPUTypeResource is the resource that says which GPUs a node has. Default
	// gpu_type.
	GPUTypeResource string `yaml:"gpu_type_resource"`
	// QueueNodes names the nodes of queues where PBS itself cannot tell.
	QueueNodes map[string][]string `yaml:"queue_nodes"`
}

// pbs is the adapter's configuration.
func (cl clusterConfig) pbs(log *slog.Logger) pbs.Config {
	return pbs.Config{
		Server: cl.PBS.Server, BinDir: cl.BinDir, ConfFile: cl.PBS.ConfFile, SubmitAs: command.As(cl.SubmitAs),
		Timeout: cl.CommandTimeout, AccountOption: cl.PBS.AccountOption, GPUTypeResource: cl.PBS.GPUTypeResource,
		QueueNodes: cl.PBS.QueueNodes, ExtraSubmitArgs: cl.SubmitArgs, Log: log, Watch: cl.watch,
	}
}

// pbs passes on what package pbs finds wrong with a cluster.
func (k *checker) pbs(i int, cl clusterConfig) {
	err := cl.pbs(nil).Validate()
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		at := map[string]string{"bin_dir": "bin_dir", "submit_as": "submit_as", "timeout": "command_timeout", "extra_submit_args": "submit_args"}[name]
		if at == "" {
			at = "pbs." + name
		}
		if at != "submit_as" { // said already
			k.fault(fmt.Sprintf("clusters[%d].%s", i, at), "%s", text)
		}
	}
}
