package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/berth-hpc/berth/gateway/limit"
)

// limitFile is a file of limits, as "berth limit apply" reads and "berth limit
// export" writes it.
type limitFile struct {
	Limits []limitBlock `yaml:"limits"`
}

// limitBlock sets fields for one subject in one scope. Without user and group it
// is for everyone.
type limitBlock struct {
	User     string            `yaml:"user,omitempty"`
	Group    string            `yaml:"group,omitempty"`
	Cluster  string            `yaml:"cluster,omitempty"`
	Queue    string            `yaml:"queue,omitempty"`
	GPUType  string            `yaml:"gpu_type,omitempty"`
	Together bool              `yaml:"together,omitempty"`
	Note     string            `yaml:"note,omitempty"`
	Set      map[string]string `yaml:"set"`
}

// parseLimits reads a file's rules. A *configError names every fault with its
// line.
func parseLimits(name string, data []byte) ([]limit.Rule, error) {
	var file limitFile
	places, faults := decodeStrict(data, &file)
	if len(faults) > 0 {
		return nil, &configError{File: name, Faults: faults}
	}
	check := &checker{places: places}
	var rules []limit.Rule
	seen := map[limit.Key]bool{}
	for i, b := range file.Limits {
		at := fmt.Sprintf("limits[%d]", i)
		who, err := whom(b.User, b.Group)
		if err != nil {
			check.fault(at, "%v", err)
		}
		if len(b.Set) == 0 {
			check.fault(at, "sets nothing: write set: {gpus: 2}")
		}
		for _, field := range slices.Sorted(maps.Keys(b.Set)) {
			r := limit.Rule{
				Scope: limit.Scope{Cluster: b.Cluster, Queue: b.Queue}, Who: who, Together: b.Together,
				Field: field, GPUType: b.GPUType, Note: b.Note,
			}
			f, ok := limit.FieldOf(field)
			if !ok {
				check.fault(at+".set", "there is no limit %q%s", field, suggest(field, limit.FieldNames()))
				continue
			}
			if r.Value, r.Apps, err = f.Parse(b.Set[field]); err != nil {
				check.fault(at+".set", "%v", err)
				continue
			}
			if err := r.Check(); err != nil {
				check.fault(at, "%s: %v", field, err)
			} else if seen[r.Key()] {
				check.fault(at+".set", "%s is set twice", r.Title())
			}
			seen[r.Key()] = true
			rules = append(rules, r)
		}
	}
	if len(check.faults) > 0 {
		return nil, &configError{File: name, Faults: check.faults}
	}
	return rules, nil
}

// formatLimits writes rules as a file that parseLimits reads.
func formatLimits(rules []limit.Rule) ([]byte, error) {
	file := limitFile{Limits: []limitBlock{}}
	last := limit.Rule{}
	rules = slices.SortedStableFunc(slices.Values(rules), func(a, b limit.Rule) int {
		return strings.Compare(blockOf(a), blockOf(b))
	})
	for _, r := range rules {
		if len(file.Limits) == 0 || blockOf(r) != blockOf(last) {
			b := limitBlock{
				Cluster: r.Scope.Cluster, Queue: r.Scope.Queue, GPUType: r.GPUType, Together: r.Together, Note: r.Note,
				Set: map[string]string{},
			}
			switch r.Who.Kind {
			case limit.User:
				b.User = r.Who.Name
			case limit.Group:
				b.Group = r.Who.Name
			}
			file.Limits = append(file.Limits, b)
		}
		file.Limits[len(file.Limits)-1].Set[r.Field] = r.Text()
		last = r
	}
	return yaml.Marshal(file)
}

// blockOf is the same for rules that go into one block.
func blockOf(r limit.Rule) string {
	return fmt.Sprintf("%q %q %d %q %q %t %q", r.Scope.Cluster, r.Scope.Queue,
		slices.Index([]limit.WhoKind{limit.Everyone, limit.Group, limit.User}, r.Who.Kind), r.Who.Name, r.GPUType, r.Together, r.Note)
}
