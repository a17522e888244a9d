package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

func facts() session.Facts {
	return session.Facts{
		Apps: []session.App{{ID: "notebook"}, {ID: "lab"}},
		Board: []session.Standing{{
			Cluster: "demo", At: time.Unix(1, 0),
			Queues: []batch.Queue{
				{
					Name: "gpu", Up: true, MaxTime: batch.Duration(48 * time.Hour), NodeCPUs: 8, NodeMemory: 32 * batch.GiB,
					GPUs: []batch.GPU{{Type: "a100", Total: 8, Free: 8, MostNode: 4}},
				},
				{Name: "cpu", Default: true, Up: true, DefaultTime: batch.Duration(30 * time.Minute), NodeCPUs: 8},
				{Name: "old", State: "DOWN"},
			},
		}},
		Defaults: session.Defaults{CPUs: 2, Memory: batch.GiB},
	}
}

func TestCheckFillsDefaults(t *testing.T) {
	t.Parallel()
	l, err := facts().Check(session.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if l.App != "notebook" || l.Cluster != "demo" || l.Queue != "cpu" || l.Resources.CPUs != 2 ||
		l.Resources.Memory != batch.GiB || l.TimeLimit != batch.Duration(30*time.Minute) {
		t.Fatalf("launch %+v", l)
	}
}

func TestCheckNamesTheFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ field, value, possible string }{
		{"queue", "nosuch", "gpu, cpu"},
		{"queue", "old", ""},
		{"cluster", "moon", "demo"},
		{"app", "emacs", "notebook, lab"},
		{"gpus", "5", "0 to 4"},
		{"gpus", "-1", "a whole number"},
		{"gpus", "1e9", "a whole number"},
		{"gpu_type", "h100", "a100"},
		{"cpus", "9", "1 to 8"},
		{"cpus", "0", "at least 1"},
		{"memory", "64G", "up to 32G"},
		{"memory", "lots", "an amount like 2G or 512M"},
		{"memory", "2", "at least 1M"},
		{"time_limit", "3d", "up to 2d"},
		{"time_limit", "90", "a span like 1h30m or 2d"},
		{"time_limit", "1s", "at least 1m"},
		{"name", "../x", "1 to 32 of a-z, 0-9 and -"},
		{"name", "-oProxyCommand", "1 to 32 of a-z, 0-9 and -"},
		{"account", "-x", "letters, digits and _ . @ -"},
		{"qos", "a b", "letters, digits and _ . @ -"},
		{"shell", "sh", strings.Join(session.Fields, ", ")},
	} {
		r := session.Request{"queue": "gpu", "gpus": "1", c.field: c.value}
		_, err := facts().Check(r)
		var invalid *session.Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("%s=%s: %v", c.field, c.value, err)
			continue
		}
		f := invalid.Faults[0]
		if f.Field != c.field || f.Possible != c.possible || f.Message == "" {
			t.Errorf("%s=%s: fault %+v", c.field, c.value, f)
		}
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := facts().Check(session.Request{"name": "..", "queue": "gpu", "gpus": "9", "memory": "x", "time_limit": "y"})
	var invalid *session.Invalid
	if !errors.As(err, &invalid) || len(invalid.Faults) != 4 {
		t.Fatalf("faults: %v", err)
	}
}

func TestCheckWithoutAnyAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	f := facts()
	f.Board[0].At, f.Board[0].Queues = time.Time{}, nil
	if _, err := f.Check(session.Request{}); !errors.Is(err, batch.ErrUnavailable) {
		t.Fatal(err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("gpu", "1", "2G", "1h", "name")
	f.Add("cpu", "-1", "1e99", "1-1-1", "../..")
	f.Fuzz(func(t *testing.T, queue, gpus, memory, limit, name string) {
		l, err := facts().Check(session.Request{"queue": queue, "gpus": gpus, "memory": memory, "time_limit": limit, "name": name})
		if err != nil {
			return
		}
		if l.Resources.GPUs < 0 || l.Resources.GPUs > 4 || l.TimeLimit < batch.Duration(time.Minute) ||
			l.Resources.Memory < batch.MiB || strings.Contains(l.Name, "/") || strings.HasPrefix(l.Name, "-") {
			t.Fatalf("accepted %+v", l)
		}
	})
}
