package slurm

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch/command"
)

func TestConfigReportsEveryFault(t *testing.T) {
	t.Parallel()
	if err := (Config{}).Validate(); err != nil {
		t.Errorf("the zero value: %v", err)
	}
	good := Config{
		Cluster: "lab", BinDir: "/opt/slurm/bin", SlurmConf: "/etc/slurm/slurm.conf", SubmitAs: command.Self,
		GPUOption: "gpus-per-node", ExtraSubmitArgs: []string{"--export=NIL"},
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	_, err := New(Config{
		Cluster: "a b", BinDir: "bin", SlurmConf: "slurm.conf", SubmitAs: "su", Sudo: "sudo", Timeout: -1,
		GPUOption: "gpus", ExtraSubmitArgs: []string{"--reservation", "x"},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{"cluster:", "bin_dir:", "slurm_conf:", "submit_as:", "sudo:", "timeout:", "gpu_option:", "extra_submit_args:"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("nothing about %s in: %v", key, err)
		}
	}
}
