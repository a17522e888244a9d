package slurm

import (
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// link is one association as sacctmgr shows it.
type link struct {
	batch.Association
	cluster, standard string
	begun             bool // Cap has been set to nothing
}

// class is one QOS as sacctmgr shows it.
type class struct {
	batch.QOS
	begun bool
}

// linkTable is what "sacctmgr show user withassoc" is asked for. Limits of
// parent accounts are in the answer, if they hold for each user.
var linkTable = table[link]{
	{"Cluster", func(l *link, s string) error { l.cluster = s; return nil }},
	{"DefaultAccount", func(l *link, s string) error { l.standard = s; return nil }},
	{"Account", func(l *link, s string) error { l.Account = s; return nil }},
	{"Partition", func(l *link, s string) error { l.Queue = s; return nil }},
	{"DefaultQOS", func(l *link, s string) error { l.DefaultQOS = s; return nil }},
	{"QOS", func(l *link, s string) error { l.QOS = names(s); return nil }},
	{"MaxSubmit", func(l *link, s string) error { return capJobs(l.cap(), s) }},
	{"GrpSubmit", func(l *link, s string) error { return capJobs(l.cap(), s) }},
	{"MaxWall", func(l *link, s string) error { return capTime(l.cap(), s) }},
	{"MaxTRES", func(l *link, s string) error { return capTRES(l.cap(), s) }},
	{"GrpTRES", func(l *link, s string) error { return capTRES(l.cap(), s) }},
}

// qosTable is what "sacctmgr show qos" is asked for: what one job or one user
// can have at most, and what all jobs together can, which no job can exceed
// either.
var qosTable = table[class]{
	{"Name", func(c *class, s string) error { c.Name = s; return nil }},
	{"MaxSubmitPU", func(c *class, s string) error { return capJobs(c.cap(), s) }},
	{"MaxWall", func(c *class, s string) error { return capTime(c.cap(), s) }},
	{"MaxTRES", func(c *class, s string) error { return capTRES(c.cap(), s) }},
	{"MaxTRESPU", func(c *class, s string) error { return capTRES(c.cap(), s) }},
	{"GrpTRES", func(c *class, s string) error { return capTRES(c.cap(), s) }},
}

func (l *link) cap() *batch.Cap {
	if !l.begun {
		l.Cap, l.begun = batch.NoCap(), true
	}
	return &l.Cap
}

func (c *class) cap() *batch.Cap {
	if !c.begun {
		c.Cap, c.begun = batch.NoCap(), true
	}
	return &c.Cap
}

// tighten lowers the cap to v; a negative cap is none.
func tighten[N ~int | ~int64](limit *N, v N) {
	if *limit < 0 || v < *limit {
		*limit = v
	}
}

func capJobs(c *batch.Cap, s string) error {
	if s == "" {
		return nil
	}
	n, err := digits(s)
	if err == nil {
		tighten(&c.Sessions, int(n))
	}
	return err
}

func capTime(c *batch.Cap, s string) error {
	if s == "" {
		return nil
	}
	d, err := parseLimit(s)
	if err == nil && d > 0 {
		tighten(&c.Time, d)
	}
	return err
}

// capTRES reads a list of trackable resources: "cpu=8,gres/gpu:a100=2,mem=16G".
// What we do not ask for (nodes, licences, billing) is passed over.
func capTRES(c *batch.Cap, s string) error {
	for item := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		if !ok {
			continue
		}
		var err error
		switch gpu, isGPU := strings.CutPrefix(key, "gres/gpu"); {
		case key == "mem":
			err = capMemory(c, value)
		case key == "cpu":
			var n int64
			if n, err = digits(value); err == nil {
				tighten(&c.CPUs, int(n))
			}
		case isGPU && (gpu == "" || gpu[0] == ':'):
			err = capGPUs(c, strings.TrimPrefix(gpu, ":"), value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func capGPUs(c *batch.Cap, kind, value string) error {
	n, err := digits(value)
	if err != nil {
		return err
	}
	if c.GPUs == nil {
		c.GPUs = map[string]int{}
	}
	limit, ok := c.GPUs[kind]
	if !ok {
		limit = -1
	}
	tighten(&limit, int(n))
	c.GPUs[kind] = limit
	return nil
}

// capMemory reads megabytes, or a number with a unit.
func capMemory(c *batch.Cap, value string) error {
	if strings.Trim(value, "0123456789") == "" {
		value += "M"
	}
	b, err := batch.ParseBytes(value)
	if err != nil {
		return strconv.ErrSyntax
	}
	tighten(&c.Memory, b)
	return nil
}
