package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/gateway/usage"
)

func TestSampleOf(t *testing.T) {
	t.Parallel()
	got := sampleOf(tunnel.Usage{
		CPU: 12, Memory: 3, MemoryTop: 5, MemoryMax: 8, Open: 4,
		GPUs: []tunnel.GPUUsage{{Index: "0", UUID: "GPU-1", Name: "A100", Utilization: 40, MemoryUsed: 1, MemoryTotal: 2}, {Index: "1", Utilization: -1}},
		App:  &tunnel.AppUsage{Kernels: 3, Busy: 1},
	})
	want := usage.Sample{
		CPU: 12, Memory: 3, MemoryPeak: 5, MemoryMax: 8, Activity: usage.Activity{Known: true, Busy: 1, Kernels: 3},
		Devices: []usage.Device{{ID: "GPU-1", Name: "A100", Busy: 0.4, Memory: 1, MemoryTotal: 2}, {ID: "1", Busy: -1}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if sampleOf(tunnel.Usage{}).Activity.Known {
		t.Error("an app that says nothing is known to be idle")
	}
}

func TestActivityCheck(t *testing.T) {
	t.Parallel()
	s := session.Session{Owner: "alice", Name: "lab"}
	headers := map[string]string{"Authorization": "token ${TOKEN}"}
	for name, c := range map[string]struct {
		app  session.App
		want tunnel.ActivityCheck
	}{
		"none":      {session.App{TokenHeader: "token ${TOKEN}"}, tunnel.ActivityCheck{}},
		"jupyter":   {session.App{Activity: "jupyter", TokenHeader: "token ${TOKEN}"}, tunnel.ActivityCheck{Format: "jupyter", Path: "/user/alice/lab/", Headers: headers}},
		"at a root": {session.App{Activity: "jupyter", StripPrefix: true}, tunnel.ActivityCheck{Format: "jupyter", Path: "/"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(c.want, activityCheck(s, c.app)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
