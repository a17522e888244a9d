package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

// presetConfig is a launch that everybody is offered in one click. Fields are
// those of the form; what is left out takes the site's default.
type presetConfig struct {
	Name        string         `yaml:"name"`
	Description string         `yaml:"description"`
	App         string         `yaml:"app"`
	Cluster     string         `yaml:"cluster"`
	Queue       string         `yaml:"queue"`
	Account     string         `yaml:"account"`
	QOS         string         `yaml:"qos"`
	GPUs        int            `yaml:"gpus"`
	GPUType     string         `yaml:"gpu_type"`
	CPUs        int            `yaml:"cpus"`
	Memory      batch.Bytes    `yaml:"memory"`
	TimeLimit   batch.Duration `yaml:"time_limit"`
}

// newPresets is the shelf of the site's presets and people's.
func newPresets(c *fileConfig, store *sql.Store) *preset.Shelf {
	shelf := &preset.Shelf{Store: store, Now: time.Now}
	for _, p := range c.Presets {
		shelf.Site = append(shelf.Site, p.preset())
	}
	return shelf
}

func (p presetConfig) preset() preset.Preset {
	r := session.Request{}
	set := func(field, v string) {
		if v != "" && v != "0" && v != "0s" {
			r[field] = v
		}
	}
	set("app", p.App)
	set("cluster", p.Cluster)
	set("queue", p.Queue)
	set("account", p.Account)
	set("qos", p.QOS)
	set("gpus", strconv.Itoa(p.GPUs))
	set("gpu_type", p.GPUType)
	set("cpus", strconv.Itoa(p.CPUs))
	set("memory", p.Memory.String())
	set("time_limit", p.TimeLimit.String())
	return preset.Preset{Name: p.Name, Description: p.Description, Values: r}
}

// presets checks what can be without asking a scheduler.
func (k *checker) presets(c *fileConfig) {
	var apps, names []string
	for _, a := range c.Apps {
		apps = append(apps, a.ID)
	}
	for i, p := range c.Presets {
		at := fmt.Sprintf("presets[%d].", i)
		if fault := preset.CheckName(p.Name); fault != "" {
			k.fault(at+"name", "%s", fault)
		}
		if slices.Contains(names, p.Name) {
			k.fault(at+"name", "there is another preset %q", p.Name)
		}
		names = append(names, p.Name)
		if p.App != "" && !slices.Contains(apps, p.App) {
			k.fault(at+"app", "there is no app %q%s", p.App, suggest(p.App, apps))
		}
		if p.Cluster != "" && !slices.ContainsFunc(c.Clusters, func(cl clusterConfig) bool { return cl.Name == p.Cluster }) {
			k.fault(at+"cluster", "there is no cluster %q", p.Cluster)
		}
		if p.GPUs < 0 || p.CPUs < 0 || p.Memory < 0 || p.TimeLimit < 0 {
			k.fault(at+"name", "no amount can be negative")
		}
	}
}
